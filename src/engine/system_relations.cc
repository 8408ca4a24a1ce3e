#include "engine/system_relations.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

#include "base/check.h"
#include "base/hash.h"
#include "data/text_form.h"
#include "data/wire_type.h"
#include "engine/system_functions.h"

namespace weir::engine {

namespace {

using Objects = std::vector<SystemObject>;
using Rows = std::vector<SystemRow>;

constexpr uint32_t kFirstUserOid = 16'384;
constexpr uint32_t kFirstSystemOid = 12'000;
constexpr uint32_t kCatalogSchema = 11, kPublicSchema = 2'200, kInformationSchema = 13'000;
constexpr uint32_t kOwner = 10, kDatabase = 16'383, kBtree = 403;

constexpr NamedType kTypes[] = {
    {"bool", "boolean", 16, 1, 'B'},
    {"bytea", "bytea", 17, -1, 'U'},
    {"char", "\"char\"", 18, 1, 'Z'},
    {"name", "name", 19, 64, 'S'},
    {"int8", "bigint", 20, 8, 'N'},
    {"int2", "smallint", 21, 2, 'N'},
    {"int4", "integer", 23, 4, 'N'},
    {"text", "text", 25, -1, 'S'},
    {"oid", "oid", 26, 4, 'N'},
    {"json", "json", 114, -1, 'U'},
    {"float4", "real", 700, 4, 'N'},
    {"float8", "double precision", 701, 8, 'N'},
    {"unknown", "unknown", 705, -2, 'X'},
    {"bpchar", "character", 1042, -1, 'S'},
    {"varchar", "character varying", 1043, -1, 'S'},
    {"date", "date", 1082, 4, 'D'},
    {"time", "time without time zone", 1083, 8, 'D'},
    {"timestamp", "timestamp without time zone", 1114, 8, 'D'},
    {"timestamptz", "timestamp with time zone", 1184, 8, 'D'},
    {"interval", "interval", 1186, 16, 'T'},
    {"numeric", "numeric", 1700, -1, 'N'},
    {"uuid", "uuid", 2950, 16, 'U'},
    {"jsonb", "jsonb", 3802, -1, 'U'},
};

std::string text(uint64_t n) { return std::to_string(n); }
std::string truth(bool b) { return b ? "t" : "f"; }
bool is_view(const SystemObject& o) { return o.relation.kind == "view"; }

std::string_view kind_letter(const SystemObject& o) {
  if (o.relation.kind == "view") return "v";
  return o.relation.kind == "materialized view" ? "m" : "r";
}

std::string index_name(const SystemObject& o) { return o.relation.name + "_key"; }

std::string_view type_formatted(uint32_t oid) {
  for (const NamedType& type : kTypes) {
    if (type.oid == oid) return type.formatted;
  }
  return "text";
}

std::string_view type_name(uint32_t oid) {
  for (const NamedType& type : kTypes) {
    if (type.oid == oid) return type.name;
  }
  return "text";
}

std::span<const SystemRelation> all_system_relations();

uint32_t system_oid(const SystemRelation& relation) {
  static constexpr std::pair<std::string_view, uint32_t> kKnown[] = {
      {"pg_type", 1247},  {"pg_attribute", 1249},  {"pg_proc", 1255},
      {"pg_class", 1259}, {"pg_namespace", 2615},  {"pg_database", 1262},
  };
  for (const auto& [name, oid] : kKnown) {
    if (relation.name == name) return oid;
  }
  const auto at = static_cast<uint32_t>(&relation - all_system_relations().data());
  return (relation.schema == "pg_catalog" ? kFirstSystemOid : kFirstHiddenOid + 1) + at;
}

Rows pg_class(const Objects& objects) {
  Rows rows;
  for (const SystemRelation& relation : all_system_relations()) {
    const bool catalog = relation.schema == "pg_catalog";
    rows.push_back({{"oid", text(system_oid(relation))},
                    {"relname", std::string(relation.name)},
                    {"relnamespace", text(catalog ? kCatalogSchema : kInformationSchema)},
                    {"relkind", catalog ? "r" : "v"},
                    {"relnatts", text(system_schema(relation).size())}});
  }
  for (const SystemObject& o : objects) {
    rows.push_back({{"oid", text(o.oid)},
                    {"relname", o.relation.name},
                    {"relnamespace", text(kPublicSchema)},
                    {"relkind", std::string(kind_letter(o))},
                    {"relnatts", text(o.relation.columns.size())},
                    {"relhasindex", truth(o.index_oid != 0)},
                    {"relhasrules", truth(is_view(o))}});
    if (o.index_oid == 0) continue;
    rows.push_back({{"oid", text(o.index_oid)},
                    {"relname", index_name(o)},
                    {"relnamespace", text(kPublicSchema)},
                    {"relkind", "i"},
                    {"relam", text(kBtree)},
                    {"relnatts", text(o.relation.key.size())}});
  }
  return rows;
}

void add_attributes(Rows& rows, uint32_t oid, const Schema& schema) {
  for (size_t i = 0; i < schema.size(); ++i) {
    const Field& field = schema.fields[i];
    const WireType type = wire_type(field.type);
    rows.push_back({{"attrelid", text(oid)},
                    {"attname", field.name},
                    {"atttypid", text(type.oid)},
                    {"attlen", std::to_string(type.length)},
                    {"attnum", text(i + 1)},
                    {"atttypmod", std::to_string(type.modifier)},
                    {"attstorage", type.length > 0 ? "p" : "x"},
                    {"attnotnull", truth(!field.nullable)}});
  }
}

Rows pg_attribute(const Objects& objects) {
  Rows rows;
  for (const SystemRelation& relation : all_system_relations()) {
    add_attributes(rows, system_oid(relation), system_schema(relation));
  }
  for (const SystemObject& o : objects) {
    add_attributes(rows, o.oid, o.relation.columns);
    if (o.index_oid == 0) continue;
    Schema key;
    for (const std::string& name : o.relation.key) {
      const int at = o.relation.columns.find(name);
      if (at >= 0) key.fields.push_back(o.relation.columns.fields[static_cast<size_t>(at)]);
    }
    add_attributes(rows, o.index_oid, key);
  }
  return rows;
}

Rows pg_index(const Objects& objects) {
  Rows rows;
  for (const SystemObject& o : objects) {
    if (o.index_oid == 0) continue;
    std::string columns;
    for (const std::string& name : o.relation.key) {
      columns += fmt::format("{}{}", columns.empty() ? "" : " ", o.relation.columns.find(name) + 1);
    }
    const std::string count = text(o.relation.key.size());
    rows.push_back({{"indexrelid", text(o.index_oid)},
                    {"indrelid", text(o.oid)},
                    {"indnatts", count},
                    {"indnkeyatts", count},
                    {"indisprimary", truth(o.relation.kind == "table")},
                    {"indkey", columns}});
  }
  return rows;
}

Rows pg_type(const Objects&) {
  Rows rows;
  for (const NamedType& type : kTypes) {
    rows.push_back({{"oid", text(type.oid)},
                    {"typname", std::string(type.name)},
                    {"typlen", std::to_string(type.length)},
                    {"typbyval", truth(type.length > 0 && type.length <= 8)},
                    {"typcategory", std::string(1, type.category)}});
  }
  return rows;
}

Rows pg_namespace(const Objects&) {
  return {{{"oid", text(kCatalogSchema)}, {"nspname", "pg_catalog"}},
          {{"oid", text(kPublicSchema)}, {"nspname", "public"}},
          {{"oid", text(kInformationSchema)}, {"nspname", "information_schema"}}};
}

Rows pg_database(const Objects&) { return {{{"oid", text(kDatabase)}, {"datname", "weir"}}}; }
Rows pg_roles(const Objects&) { return {{{"oid", text(kOwner)}, {"rolname", "weir"}}}; }
Rows pg_tablespace(const Objects&) {
  return {{{"oid", "1663"}, {"spcname", "pg_default"}}};
}
Rows pg_am(const Objects&) {
  return {{{"oid", text(kBtree)}, {"amname", "btree"}, {"amtype", "i"}}};
}

Rows pg_language(const Objects&) { return {{{"oid", "12"}, {"lanname", "internal"}}}; }
Rows pg_proc(const Objects&) { return function_rows(); }
Rows pg_operator(const Objects&) { return operator_rows(); }
Rows pg_aggregate(const Objects&) { return aggregate_rows(); }

Rows pg_tables(const Objects& objects) {
  Rows rows;
  for (const SystemObject& o : objects) {
    if (kind_letter(o) == "r") {
      rows.push_back({{"tablename", o.relation.name}, {"hasindexes", truth(o.index_oid != 0)}});
    }
  }
  return rows;
}

Rows views_of_kind(const Objects& objects, std::string_view kind, std::string_view column) {
  Rows rows;
  for (const SystemObject& o : objects) {
    if (kind_letter(o) != kind) continue;
    rows.push_back({{column, o.relation.name}, {"definition", o.relation.definition}});
  }
  return rows;
}
Rows pg_views(const Objects& objects) { return views_of_kind(objects, "v", "viewname"); }
Rows pg_matviews(const Objects& objects) { return views_of_kind(objects, "m", "matviewname"); }

Rows schemata(const Objects&) {
  return {{{"schema_name", "pg_catalog"}},
          {{"schema_name", "public"}},
          {{"schema_name", "information_schema"}}};
}

// PostgreSQL leaves materialized views out; here they are what people come for.
Rows tables(const Objects& objects) {
  Rows rows;
  for (const SystemObject& o : objects) {
    rows.push_back({{"table_name", o.relation.name},
                    {"table_type", kind_letter(o) == "r" ? "BASE TABLE" : "VIEW"},
                    {"is_insertable_into", o.relation.kind == "table" ? "YES" : "NO"}});
  }
  return rows;
}

Rows views(const Objects& objects) {
  Rows rows;
  for (const SystemObject& o : objects) {
    if (kind_letter(o) == "r") continue;
    rows.push_back({{"table_name", o.relation.name}, {"view_definition", o.relation.definition}});
  }
  return rows;
}

Rows columns(const Objects& objects) {
  Rows rows;
  for (const SystemObject& o : objects) {
    for (size_t i = 0; i < o.relation.columns.size(); ++i) {
      const Field& field = o.relation.columns.fields[i];
      const uint32_t oid = wire_type(field.type).oid;
      SystemRow row{{"table_name", o.relation.name},
                    {"column_name", field.name},
                    {"ordinal_position", text(i + 1)},
                    {"is_nullable", field.nullable ? "YES" : "NO"},
                    {"data_type", std::string(type_formatted(oid))},
                    {"udt_name", std::string(type_name(oid))},
                    {"dtd_identifier", text(i + 1)}};
      if (field.type.precision >= 0) {
        const bool number = field.type.id == TypeId::kNumeric;
        row.emplace_back(number ? "numeric_precision" : "character_maximum_length",
                         std::to_string(field.type.precision));
        if (number) row.emplace_back("numeric_scale", std::to_string(field.type.scale));
      }
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

constexpr SystemRelation kRelations[] = {
    {"pg_catalog", "pg_class",
     "oid:oid relname:name relnamespace:oid reltype:oid=0 reloftype:oid=0 relowner:oid=10 "
     "relam:oid=0 relfilenode:oid=0 reltablespace:oid=0 relpages:int4=0 reltuples:float4=-1 "
     "relallvisible:int4=0 reltoastrelid:oid=0 relhasindex:bool=f relisshared:bool=f "
     "relpersistence:char=p relkind:char relnatts:int2 relchecks:int2=0 relhasrules:bool=f "
     "relhastriggers:bool=f relhassubclass:bool=f relrowsecurity:bool=f relforcerowsecurity:bool=f "
     "relispopulated:bool=t relreplident:char=d relispartition:bool=f relrewrite:oid=0 "
     "relfrozenxid:int8=0 relminmxid:int8=0 relacl:text reloptions:text relpartbound:text",
     pg_class},
    {"pg_catalog", "pg_attribute",
     "attrelid:oid attname:name atttypid:oid attstattarget:int4=-1 attlen:int2 attnum:int2 "
     "attndims:int4=0 attcacheoff:int4=-1 atttypmod:int4 attbyval:bool=f attalign:char=i "
     "attstorage:char=p attcompression:char= attnotnull:bool=f atthasdef:bool=f "
     "atthasmissing:bool=f attidentity:char= attgenerated:char= attisdropped:bool=f "
     "attislocal:bool=t attinhcount:int4=0 attcollation:oid=0 attacl:text attoptions:text "
     "attfdwoptions:text attmissingval:text",
     pg_attribute},
    {"pg_catalog", "pg_index",
     "indexrelid:oid indrelid:oid indnatts:int2 indnkeyatts:int2 indisunique:bool=t "
     "indnullsnotdistinct:bool=f indisprimary:bool indisexclusion:bool=f indimmediate:bool=t "
     "indisclustered:bool=f indisvalid:bool=t indcheckxmin:bool=f indisready:bool=t "
     "indislive:bool=t indisreplident:bool=f indkey:text indcollation:text indclass:text "
     "indoption:text indexprs:text indpred:text",
     pg_index},
    {"pg_catalog", "pg_type",
     "oid:oid typname:name typnamespace:oid=11 typowner:oid=10 typlen:int2 typbyval:bool "
     "typtype:char=b typcategory:char typispreferred:bool=f typisdefined:bool=t typdelim:char=, "
     "typrelid:oid=0 typsubscript:text=- typelem:oid=0 typarray:oid=0 typinput:text=- "
     "typoutput:text=- typreceive:text=- typsend:text=- typmodin:text=- typmodout:text=- "
     "typanalyze:text=- typalign:char=i typstorage:char=p typnotnull:bool=f typbasetype:oid=0 "
     "typtypmod:int4=-1 typndims:int4=0 typcollation:oid=0 typdefaultbin:text typdefault:text "
     "typacl:text",
     pg_type},
    {"pg_catalog", "pg_namespace", "oid:oid nspname:name nspowner:oid=10 nspacl:text",
     pg_namespace},
    {"pg_catalog", "pg_database",
     "oid:oid datname:name datdba:oid=10 encoding:int4=6 datlocprovider:char=c "
     "datistemplate:bool=f datallowconn:bool=t datconnlimit:int4=-1 datfrozenxid:int8=0 "
     "datminmxid:int8=0 dattablespace:oid=1663 datcollate:text=C datctype:text=C.UTF-8 "
     "daticulocale:text datcollversion:text datacl:text",
     pg_database},
    {"pg_catalog", "pg_roles",
     "oid:oid rolname:name rolsuper:bool=f rolinherit:bool=t rolcreaterole:bool=f "
     "rolcreatedb:bool=f rolcanlogin:bool=t rolreplication:bool=f rolconnlimit:int4=-1 "
     "rolpassword:text rolvaliduntil:timestamptz rolbypassrls:bool=f rolconfig:text",
     pg_roles},
    {"pg_catalog", "pg_am", "oid:oid amname:name amhandler:text=- amtype:char", pg_am},
    {"pg_catalog", "pg_tables",
     "schemaname:name=public tablename:name tableowner:name=weir tablespace:name hasindexes:bool "
     "hasrules:bool=f hastriggers:bool=f rowsecurity:bool=f",
     pg_tables},
    {"pg_catalog", "pg_views",
     "schemaname:name=public viewname:name viewowner:name=weir definition:text", pg_views},
    {"pg_catalog", "pg_matviews",
     "schemaname:name=public matviewname:name matviewowner:name=weir tablespace:name "
     "hasindexes:bool=f ispopulated:bool=t definition:text",
     pg_matviews},
    {"pg_catalog", "pg_attrdef", "oid:oid adrelid:oid adnum:int2 adbin:text"},
    {"pg_catalog", "pg_auth_members",
     "roleid:oid member:oid grantor:oid admin_option:bool"},
    {"pg_catalog", "pg_collation",
     "oid:oid collname:name collnamespace:oid collowner:oid collprovider:char "
     "collisdeterministic:bool collencoding:int4 collcollate:text collctype:text"},
    {"pg_catalog", "pg_constraint",
     "oid:oid conname:name connamespace:oid contype:char condeferrable:bool condeferred:bool "
     "convalidated:bool conrelid:oid contypid:oid conindid:oid conparentid:oid confrelid:oid "
     "confupdtype:char confdeltype:char confmatchtype:char conislocal:bool coninhcount:int4 "
     "connoinherit:bool conkey:text confkey:text conbin:text"},
    {"pg_catalog", "pg_depend",
     "classid:oid objid:oid objsubid:int4 refclassid:oid refobjid:oid refobjsubid:int4 "
     "deptype:char"},
    {"pg_catalog", "pg_description", "objoid:oid classoid:oid objsubid:int4 description:text"},
    {"pg_catalog", "pg_shdescription", "objoid:oid classoid:oid description:text"},
    {"pg_catalog", "pg_enum", "oid:oid enumtypid:oid enumsortorder:float4 enumlabel:name"},
    {"pg_catalog", "pg_event_trigger",
     "oid:oid evtname:name evtevent:name evtowner:oid evtfoid:oid evtenabled:char evttags:text"},
    {"pg_catalog", "pg_extension",
     "oid:oid extname:name extowner:oid extnamespace:oid extrelocatable:bool extversion:text"},
    {"pg_catalog", "pg_foreign_data_wrapper",
     "oid:oid fdwname:name fdwowner:oid fdwhandler:oid fdwvalidator:oid fdwacl:text "
     "fdwoptions:text"},
    {"pg_catalog", "pg_foreign_server",
     "oid:oid srvname:name srvowner:oid srvfdw:oid srvtype:text srvversion:text srvacl:text "
     "srvoptions:text"},
    {"pg_catalog", "pg_foreign_table", "ftrelid:oid ftserver:oid ftoptions:text"},
    {"pg_catalog", "pg_inherits",
     "inhrelid:oid inhparent:oid inhseqno:int4 inhdetachpending:bool"},
    {"pg_catalog", "pg_language",
     "oid:oid lanname:name lanowner:oid=10 lanispl:bool=f lanpltrusted:bool=f lanacl:text",
     pg_language},
    {"pg_catalog", "pg_policy",
     "oid:oid polname:name polrelid:oid polcmd:char polpermissive:bool polroles:text polqual:text "
     "polwithcheck:text"},
    {"pg_catalog", "pg_proc",
     "oid:oid proname:name pronamespace:oid=11 proowner:oid=10 prolang:oid=12 procost:float4=1 "
     "prorows:float4=0 provariadic:oid=0 prosupport:text=- prokind:char prosecdef:bool=f "
     "proleakproof:bool=f proisstrict:bool proretset:bool provolatile:char proparallel:char=s "
     "pronargs:int2 pronargdefaults:int2=0 prorettype:oid proargtypes:text proallargtypes:text "
     "proargmodes:text proargnames:text proargdefaults:text protrftypes:text prosrc:text "
     "probin:text prosqlbody:text proconfig:text proacl:text",
     pg_proc},
    {"pg_catalog", "pg_operator",
     "oid:oid oprname:name oprnamespace:oid=11 oprowner:oid=10 oprkind:char oprcanmerge:bool=f "
     "oprcanhash:bool=f oprleft:oid oprright:oid oprresult:oid oprcom:oid=0 oprnegate:oid=0 "
     "oprcode:oid=0 oprrest:text=- oprjoin:text=-",
     pg_operator},
    {"pg_catalog", "pg_aggregate",
     "aggfnoid:oid aggkind:char aggnumdirectargs:int2 aggtransfn:text=- aggfinalfn:text=- "
     "aggcombinefn:text=- aggserialfn:text=- aggdeserialfn:text=- aggmtransfn:text=- "
     "aggminvtransfn:text=- aggmfinalfn:text=- aggfinalextra:bool=f aggmfinalextra:bool=f "
     "aggfinalmodify:char=r aggmfinalmodify:char=r aggsortop:oid=0 aggtranstype:oid=0 "
     "aggtransspace:int4=0 aggmtranstype:oid=0 aggmtransspace:int4=0 agginitval:text "
     "aggminitval:text",
     pg_aggregate},
    {"pg_catalog", "pg_publication",
     "oid:oid pubname:name pubowner:oid puballtables:bool pubinsert:bool pubupdate:bool "
     "pubdelete:bool pubtruncate:bool pubviaroot:bool"},
    {"pg_catalog", "pg_publication_namespace", "oid:oid pnpubid:oid pnnspid:oid"},
    {"pg_catalog", "pg_publication_rel",
     "oid:oid prpubid:oid prrelid:oid prqual:text prattrs:text"},
    {"pg_catalog", "pg_range", "rngtypid:oid rngsubtype:oid rngmultitypid:oid"},
    {"pg_catalog", "pg_rewrite",
     "oid:oid rulename:name ev_class:oid ev_type:char ev_enabled:char is_instead:bool"},
    {"pg_catalog", "pg_sequence",
     "seqrelid:oid seqtypid:oid seqstart:int8 seqincrement:int8 seqmax:int8 seqmin:int8"},
    {"pg_catalog", "pg_statistic_ext",
     "oid:oid stxrelid:oid stxname:name stxnamespace:oid stxowner:oid stxstattarget:int4 "
     "stxkeys:text stxkind:text"},
    {"pg_catalog", "pg_tablespace",
     "oid:oid spcname:name spcowner:oid=10 spcacl:text spcoptions:text",
     pg_tablespace},
    {"pg_catalog", "pg_trigger",
     "oid:oid tgrelid:oid tgparentid:oid tgname:name tgfoid:oid tgtype:int2 tgenabled:char "
     "tgisinternal:bool tgconstraint:oid"},
    {"information_schema", "schemata",
     "catalog_name:name=weir schema_name:name schema_owner:name=weir "
     "default_character_set_catalog:name default_character_set_schema:name "
     "default_character_set_name:name sql_path:text",
     schemata},
    {"information_schema", "tables",
     "table_catalog:name=weir table_schema:name=public table_name:name table_type:text "
     "self_referencing_column_name:name reference_generation:text "
     "user_defined_type_catalog:name user_defined_type_schema:name user_defined_type_name:name "
     "is_insertable_into:text is_typed:text=NO commit_action:text",
     tables},
    {"information_schema", "columns",
     "table_catalog:name=weir table_schema:name=public table_name:name column_name:name "
     "ordinal_position:int4 column_default:text is_nullable:text data_type:text "
     "character_maximum_length:int4 character_octet_length:int4 numeric_precision:int4 "
     "numeric_precision_radix:int4 numeric_scale:int4 datetime_precision:int4 "
     "collation_name:name udt_catalog:name=weir udt_schema:name=pg_catalog udt_name:name "
     "dtd_identifier:text is_identity:text=NO is_generated:text=NEVER is_updatable:text=NO",
     columns},
    {"information_schema", "views",
     "table_catalog:name=weir table_schema:name=public table_name:name view_definition:text "
     "check_option:text=NONE is_updatable:text=NO is_insertable_into:text=NO",
     views},
    {"information_schema", "table_constraints",
     "constraint_catalog:name constraint_schema:name constraint_name:name table_catalog:name "
     "table_schema:name table_name:name constraint_type:text"},
    {"information_schema", "key_column_usage",
     "constraint_catalog:name constraint_schema:name constraint_name:name table_catalog:name "
     "table_schema:name table_name:name column_name:name ordinal_position:int4"},
};

std::span<const SystemRelation> all_system_relations() { return kRelations; }

struct ColumnSpec {
  std::string_view name;
  Type type;
  std::optional<std::string_view> value;  // where a row names none
};

std::vector<ColumnSpec> columns_of(std::string_view text) {
  std::vector<ColumnSpec> out;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    const size_t colon = word.find(':');
    const size_t equals = word.find('=', colon);
    ColumnSpec& column = out.emplace_back();
    column.name = word.substr(0, colon);
    if (equals != std::string_view::npos) column.value = word.substr(equals + 1);
    const std::string_view type = word.substr(colon + 1, equals - colon - 1);
    column.type = type == "oid"                      ? TypeId::kInt8
                  : type == "name" || type == "char" ? TypeId::kText
                                                     : parse_type(type).value_or(TypeId::kText);
  }
  return out;
}

}  // namespace

std::span<const NamedType> system_types() { return kTypes; }

std::vector<SystemObject> system_objects(std::vector<Session::Relation> relations) {
  std::vector<SystemObject> objects;
  std::set<uint32_t> taken;
  const auto oid_for = [&](const std::string& name) {
    auto oid = static_cast<uint32_t>(hash64(name) % 1'000'000'000) + kFirstUserOid;
    while (!taken.insert(oid).second) ++oid;
    return oid;
  };
  std::sort(relations.begin(), relations.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  for (Session::Relation& relation : relations) {
    SystemObject& object = objects.emplace_back();
    object.relation = std::move(relation);
    object.oid = oid_for(object.relation.name);
    if (!object.relation.key.empty()) object.index_oid = oid_for(index_name(object) + " index");
  }
  return objects;
}

const SystemRelation* find_system_relation(std::string_view schema, std::string_view name) {
  for (const SystemRelation& relation : kRelations) {
    if (relation.name == name && relation.schema == (schema.empty() ? "pg_catalog" : schema)) {
      return &relation;
    }
  }
  return nullptr;
}

Schema system_schema(const SystemRelation& relation) {
  Schema schema;
  for (const ColumnSpec& column : columns_of(relation.columns)) {
    schema.fields.push_back({std::string(column.name), column.type});
  }
  return schema;
}

Batch system_rows(const SystemRelation& relation, const Objects& objects) {
  const std::vector<ColumnSpec> columns = columns_of(relation.columns);
  BatchBuilder builder(system_schema(relation));
  const Rows rows = relation.rows ? relation.rows(objects) : Rows();
  for (const SystemRow& row : rows) {
    for (size_t i = 0; i < columns.size(); ++i) {
      std::optional<std::string_view> value = columns[i].value;
      for (const auto& [name, own] : row) {
        if (name == columns[i].name) value = own;
      }
      ParseError error;
      if (!value) {
        builder.column(i).append_null();
      } else {
        const bool good = append_parsed(builder.column(i), *value, &error);
        WEIR_CHECK(good);
      }
    }
    builder.end_row();
  }
  return builder.finish();
}

std::optional<uint32_t> oid_of_relation(const Objects& objects, std::string_view name) {
  for (const std::string_view schema : {"public.", "pg_catalog."}) {
    if (name.starts_with(schema)) name.remove_prefix(schema.size());
  }
  if (name.size() > 1 && name.front() == '"') name = name.substr(1, name.size() - 2);
  for (const SystemObject& o : objects) {
    if (o.relation.name == name) return o.oid;
    if (o.index_oid != 0 && index_name(o) == name) return o.index_oid;
  }
  const SystemRelation* system = find_system_relation("", name);
  if (system) return system_oid(*system);
  return std::nullopt;
}

std::string index_definition(const SystemObject& o) {
  std::string columns;
  for (const std::string& name : o.relation.key) columns += (columns.empty() ? "" : ", ") + name;
  return fmt::format("CREATE UNIQUE INDEX {} ON public.{} USING btree ({})", index_name(o),
                     o.relation.name, columns);
}

}  // namespace weir::engine
