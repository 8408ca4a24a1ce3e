// The tables. A new key is one line here; the loader then finds it checked.
#include "project/options.h"

#include <array>

namespace weir::project {

namespace {

using enum ValueType;
constexpr Shape kOne = Shape::kOne;
constexpr Shape kList = Shape::kList;
constexpr Shape kMap = Shape::kMap;
constexpr bool kRequired = true;
constexpr bool kMeaning = true;

constexpr Option kProject[] = {
    {"name", kName, kOne, "name of the project", "", "", kRequired},
    {"description", kText, kOne, "what the project is for"},
    {"requires", kText, kOne, "the versions of weir that it needs, such as \">=0.1\""},
    {"defaults", kObject, kOne, "for all models and sources", "defaults"},
    {"owns", kObject, kOne, "the outside objects that apply may create and change", "owns"},
};
constexpr Option kDefaults[] = {
    {"emit", kEmit, kOne, "when views give changes out", "", "on_change"},
    {"on_error", kChoice, kOne, "what becomes of a bad row", "dead_letter|null|fail",
     "dead_letter"},
};
constexpr Option kOwns[] = {
    {"topics", kText, kList, "patterns of topic names"},
    {"groups", kText, kList, "patterns of consumer groups"},
    {"subjects", kText, kList, "patterns of schema subjects"},
};
constexpr Option kEnvironment[] = {
    {"description", kText, kOne, "what the environment is for"},
    {"extends", kText, kOne, "an environment whose values hold where this one has none"},
    {"log", kObject, kOne, "embedded, or a Kafka cluster", "log", "embedded"},
    {"registry", kObject, kOne, "the schema registry, for formats with a schema in topics",
     "registry"},
    {"state", kObject, kOne, "where state lies", "state"},
    {"workers", kInteger, kOne, "threads that run pipelines", "", "1"},
    {"memory", kSize, kOne, "what state may use; an epoch reads at most an eighth of it", "",
     "1GiB"},
    {"commit", kDuration, kOne, "how often what was done is made durable", "", "100ms"},
    {"listen", kObject, kOne, "addresses of the ports", "listen"},
    {"deletion", kChoice, kOne, "whether apply may delete data", "deny|allow", "deny"},
    {"vars", kText, kMap, "values for ${var:name}"},
    {"prices", kNumber, kMap, "prices for the cost report"},
};
constexpr Option kLog[] = {
    {"kafka", kObject, kOne, "an Apache Kafka cluster", "kafka"},
};
constexpr Option kKafka[] = {
    {"brokers", kAddress, kList, "brokers to begin with", "", "", kRequired},
    {"security", kObject, kOne, "login and encryption", "kafka_security"},
    {"properties", kText, kMap, "settings of librdkafka, where nothing above says it"},
};
constexpr Option kKafkaSecurity[] = {
    {"tls", kBool, kOne, "whether connections are encrypted", "", "false"},
    {"mechanism", kChoice, kOne, "how to log in",
     "plain|scram-sha-256|scram-sha-512|oauthbearer"},
    {"username", kText, kOne, "for plain and scram"},
    {"password", kText, kOne, "for plain and scram"},
    {"ca", kText, kOne, "file of the authorities to trust (PEM); none: the system's"},
    {"certificate", kText, kOne, "file of weir's own certificate (PEM)"},
    {"key", kText, kOne, "file of its private key (PEM)"},
    {"key_password", kText, kOne, "of the private key"},
};
constexpr Option kRegistry[] = {
    {"url", kText, kOne, "its address, such as https://registry.example.org:8081", "", "",
     kRequired},
    {"username", kText, kOne, "for basic authentication"},
    {"password", kText, kOne, "for basic authentication: a secret"},
    {"token", kText, kOne, "a bearer token: a secret"},
    {"ca", kText, kOne, "a PEM file of authorities for https", "", "the system's"},
};
constexpr Option kState[] = {
    {"dir", kText, kOne, "folder of log and state; the environment's name is added", "", ".weir"},
    {"snapshots", kText, kOne,
     "where copies of snapshots go: s3://, gs:// or az:// and BUCKET/PREFIX, or a folder"},
    {"object_storage", kObject, kOne, "how to reach it and to log in", "object_storage"},
};
constexpr Option kObjectStorage[] = {
    {"endpoint", kText, kOne, "address of a service that is not the cloud's own", "",
     "the cloud's"},
    {"region", kText, kOne, "region of the bucket (S3)", "", "AWS_REGION, or us-east-1"},
    {"path_style", kBool, kOne, "whether the bucket stands in the path, not in the host's name", "",
     "true with an endpoint"},
    {"access_key", kText, kOne, "of S3, or an HMAC key of Google's"},
    {"secret_key", kText, kOne, "of the access key: a secret"},
    {"session_token", kText, kOne, "of temporary keys: a secret"},
    {"account", kText, kOne, "storage account (Azure)", "", "AZURE_STORAGE_ACCOUNT"},
    {"account_key", kText, kOne, "of the account: a secret"},
    {"sas", kText, kOne, "a shared access signature (Azure): a secret"},
    {"service_account", kText, kOne, "Google's JSON of a service account, or its file", "",
     "GOOGLE_APPLICATION_CREDENTIALS"},
    {"ca", kText, kOne, "a PEM file of authorities for https", "", "the system's"},
};
constexpr Option kListen[] = {
    {"postgres", kAddress, kOne, "PostgreSQL wire protocol", "", "127.0.0.1:5433"},
    {"http", kAddress, kOne, "HTTP", "", "127.0.0.1:8433"},
};
constexpr Option kSourceOptions[] = {
    {"name", kName, kOne, "name of the stream", "", "", kRequired},
    {"description", kText, kOne, "what a row is"},
    {"owner", kText, kOne, "who looks after it"},
    {"tags", kText, kList, "for selecting"},
    {"from", kSource, kOne, "where rows come from: exactly one connector", "", "", kRequired},
    {"format", kChoice, kOne, "how records are written; compression goes by file name",
     "json|csv|avro|protobuf|json_schema|debezium|raw", "json", false, kMeaning},
    {"schema", kText, kOne,
     "formats with one: the file of what records are read as, such as schemas/order.avsc", "",
     "the one they were written with", false, kMeaning},
    {"message", kText, kOne, "Protobuf: the message of that file that a record is", "",
     "the first", false, kMeaning},
    {"mode", kChoice, kOne, "whether rows are added, replace one another or say what they do",
     "append|upsert|cdc", "append", false, kMeaning},
    {"key", kName, kList, "record and partition key; unique only in upsert and cdc", "", "", false,
     kMeaning},
    {"unique", kName, Shape::kListOfLists, "lists of columns that are unique; checked", "", "",
     false, kMeaning},
    {"operation", kName, kOne, "the column that says insert, update or delete", "", "", false,
     kMeaning},
    {"dedupe", kObject, kOne, "drops repeated rows", "dedupe", "", false, kMeaning},
    {"retention", kObject, kOne, "of what weir logs itself; default unlimited", "retention"},
    {"partitions", kInteger, kOne, "of what weir logs itself", "", "1"},
    {"event_time", kName, kOne, "the column that says when it happened", "", "", false, kMeaning},
    {"watermark", kDuration, kOne, "allowed lateness", "", "0s", false, kMeaning},
    {"idle", kDuration, kOne, "a partition silent for so long holds nothing back"},
    {"on_error", kChoice, kOne, "what becomes of a bad row", "dead_letter|null|fail",
     "dead_letter", false, kMeaning},
    {"zone", kText, kOne, "of stamps without zone: Europe/Berlin, UTC, +01:00", "", "", false,
     kMeaning},
    {"time_unit", kChoice, kOne, "of times given as numbers", "s|ms|us|ns", "", false, kMeaning},
    {"delimiter", kCharacter, kOne, "CSV: between fields", "", ",", false, kMeaning},
    {"header", kBool, kOne, "CSV: the first line names the columns", "", "true", false, kMeaning},
    {"quote", kCharacter, kOne, "CSV: around fields", "", "\"", false, kMeaning},
    {"null", kText, kOne, "CSV: the text that is NULL", "", "", false, kMeaning},
    {"columns", kObject, kList, "columns and their types; not for connectors that bring their own",
     "column", "", false, kMeaning},
    {"tests", kTest, kList, "rules for rows"},
    {"meta", kAny, kOne, "anything, for other tools"},
};
constexpr Option kSourceGroup[] = {
    {"name", kName, kOne, "name of the group: its streams are called group.table", "", "",
     kRequired},
    {"description", kText, kOne, "what the group is"},
    {"owner", kText, kOne, "who looks after its streams"},
    {"tags", kText, kList, "of all its streams"},
    {"tables", kObject, kList, "the streams", "source", "", kRequired},
    {"meta", kAny, kOne, "anything, for other tools"},
};
constexpr Option kColumn[] = {
    {"name", kName, kOne, "name of the column", "", "", kRequired, kMeaning},
    {"type", kSqlType, kOne, "PostgreSQL type", "", "", kRequired, kMeaning},
    {"path", kText, kOne, "where it stands in the record, such as $.velocity.ground", "",
     "the name", false, kMeaning},
    {"description", kText, kOne, "what it means"},
    {"time_unit", kChoice, kOne, "of times given as numbers", "s|ms|us|ns", "", false, kMeaning},
    {"zone", kText, kOne, "of stamps without zone: Europe/Berlin, UTC, +01:00", "", "", false,
     kMeaning},
    {"tests", kTest, kList, "rules for its values"},
    {"meta", kAny, kOne, "anything, for other tools"},
};
constexpr Option kDedupe[] = {
    {"key", kName, kList, "rows with equal values here are the same", "", "", kRequired, kMeaning},
    {"within", kDuration, kOne, "how far apart in event time", "", "", kRequired, kMeaning},
};
constexpr Option kRetention[] = {
    {"time", kDuration, kOne, "how long rows are kept"},
    {"size", kSize, kOne, "how much is kept"},
};
constexpr Option kModel[] = {
    {"description", kText, kOne, "what a row is"},
    {"owner", kText, kOne, "who looks after it"},
    {"tags", kText, kList, "for selecting"},
    {"key", kName, kList, "columns that identify a row; must follow from the SQL", "", "", false,
     kMeaning},
    {"emit", kEmit, kOne, "when changes are given out", "", "on_change", false, kMeaning},
    {"retain", kDuration, kOne, "how long closed groups are kept", "", "", false, kMeaning},
    {"access", kChoice, kOne, "a published view has a contract: its columns may not break",
     "internal|published", "internal"},
    {"on_error", kChoice, kOne, "what becomes of a bad row", "dead_letter|null|fail",
     "dead_letter", false, kMeaning},
    {"columns", kObject, kList, "what its columns mean", "model_column"},
    {"tests", kTest, kList, "rules for rows"},
    {"meta", kAny, kOne, "anything, for other tools"},
};
constexpr Option kModelColumn[] = {
    {"name", kName, kOne, "name of the column", "", "", kRequired},
    {"description", kText, kOne, "what it means"},
    {"tests", kTest, kList, "rules for its values"},
    {"meta", kAny, kOne, "anything, for other tools"},
};
constexpr Option kSinkOptions[] = {
    {"name", kName, kOne, "name of the sink", "", "", kRequired},
    {"description", kText, kOne, "who reads it"},
    {"owner", kText, kOne, "who looks after it"},
    {"tags", kText, kList, "for selecting"},
    {"from", kText, kOne, "the model whose changes are written", "", "", kRequired, kMeaning},
    {"to", kSink, kOne, "where they go: exactly one connector", "", "", kRequired},
    {"format", kChoice, kOne, "how records are written", "json|csv|avro|protobuf|json_schema",
     "json"},
    {"changes", kChoice, kOne,
     "all changes with an operation, the last row of each key, or before and after",
     "append|upsert|debezium", "append where rows only come, upsert where there is a key"},
    {"record", kText, kOne,
     "formats with a schema: the full name of a record, such as shop.Revenue", "",
     "the model's name"},
    {"subject", kChoice, kOne, "formats with a schema: the schema's name in the registry",
     "topic|record|topic_record", "topic"},
    {"roll", kText, kOne, "files: begin a new one after this size or time, such as 64MiB or 1h"},
    {"partition_by", kName, kOne, "files: a folder for each value of this column"},
    {"on_expire", kChoice, kOne, "what becomes of rows that `retain` lets go", "keep|delete",
     "keep"},
    {"meta", kAny, kOne, "anything, for other tools"},
};
constexpr Option kSeed[] = {
    {"name", kName, kOne, "name of the CSV file without .csv", "", "", kRequired},
    {"description", kText, kOne, "what a row is"},
    {"owner", kText, kOne, "who looks after it"},
    {"tags", kText, kList, "for selecting"},
    {"columns", kObject, kList, "types of columns; the others are taken from the values",
     "column", "", false, kMeaning},
    {"delimiter", kCharacter, kOne, "between fields", "", ",", false, kMeaning},
    {"quote", kCharacter, kOne, "around fields", "", "\"", false, kMeaning},
    {"null", kText, kOne, "the text that is NULL", "", "", false, kMeaning},
    {"meta", kAny, kOne, "anything, for other tools"},
};
constexpr Option kUnitTest[] = {
    {"name", kName, kOne, "name of the test", "", "", kRequired},
    {"description", kText, kOne, "what it shows"},
    {"model", kText, kOne, "the model under test", "", "", kRequired},
    {"given", kObject, kList, "inputs; those that are not named are empty", "given", "", kRequired},
    {"expect", kObject, kList, "what the model then holds", "expect", "", kRequired},
    {"meta", kAny, kOne, "anything, for other tools"},
};
constexpr Option kGiven[] = {
    {"input", kText, kOne, "a source, seed or model", "", "", kRequired},
    {"rows", kAny, kList, "its rows, in one step"},
    {"steps", kObject, kList, "what happens, one after another", "step"},
};
constexpr Option kStep[] = {
    {"rows", kAny, kList, "rows that arrive"},
    {"event_time", kText, kOne, "moves the watermark to this time"},
    {"update", kAny, kOne, "the key and the new values of a row"},
    {"delete", kAny, kOne, "the key of a row that goes"},
    {"restart", kBool, kOne, "a crash and a recovery here"},
};
constexpr Option kExpect[] = {
    {"after", kInteger, kOne, "after this step; none: at the end"},
    {"rows", kAny, kList, "exactly these rows; only the columns named are compared"},
    {"contains", kAny, kList, "at least these rows"},
    {"changes", kInteger, kMap, "how many inserts, deletes and updates were given out"},
    {"late", kInteger, kOne, "how many rows were late"},
};

constexpr std::array kObjects = {
    ObjectType{"project", "the project itself", kProject},
    ObjectType{"defaults", "defaults for models and sources", kDefaults},
    ObjectType{"owns", "names outside that belong to the project", kOwns},
    ObjectType{"environment", "what may differ from place to place", kEnvironment},
    ObjectType{"log", "the log", kLog},
    ObjectType{"kafka", "an Apache Kafka cluster", kKafka},
    ObjectType{"kafka_security", "login and encryption", kKafkaSecurity},
    ObjectType{"registry", "the schema registry", kRegistry},
    ObjectType{"state", "log and state on disk", kState},
    ObjectType{"object_storage", "object storage, and who weir is there", kObjectStorage},
    ObjectType{"listen", "ports", kListen},
    ObjectType{"source", "a stream from outside", kSourceOptions},
    ObjectType{"source_group", "streams under one name", kSourceGroup},
    ObjectType{"column", "a column of a source", kColumn},
    ObjectType{"dedupe", "dropping repeated rows", kDedupe},
    ObjectType{"retention", "how long rows are kept", kRetention},
    ObjectType{"model", "front matter of a model", kModel},
    ObjectType{"model_column", "a column of a model", kModelColumn},
    ObjectType{"sink", "where a view's changes go", kSinkOptions},
    ObjectType{"seed", "a CSV file that is a table", kSeed},
    ObjectType{"unit_test", "a test of a model", kUnitTest},
    ObjectType{"given", "an input of a test", kGiven},
    ObjectType{"step", "a step of an input", kStep},
    ObjectType{"expect", "an expectation", kExpect},
};

constexpr std::array kKinds = {
    FileKind{"weir.yml", "project", "", "the project's name and defaults"},
    FileKind{"environments/", "environment", "", "one file an environment"},
    FileKind{"sources/", "source", "sources", "streams from outside"},
    FileKind{"models/", "model", "", "SELECT statements, one a file, with front matter"},
    FileKind{"sinks/", "sink", "sinks", "where changes go"},
    FileKind{"seeds/", "seed", "seeds", "CSV files that become tables"},
    FileKind{"tests/", "unit_test", "unit_tests", "tests of models"},
    FileKind{"serve/", "", "endpoints", "HTTP endpoints"},
    FileKind{"topics/", "", "topics", "Kafka topics"},
    FileKind{"schemas/", "", "schemas", "schemas of the registry"},
    FileKind{"access/", "", "roles", "roles, users, grants and masks", true},
    FileKind{"quotas/", "", "quotas", "Kafka quotas"},
    FileKind{"connectors/", "", "connectors", "Kafka connectors"},
    FileKind{"monitors/", "", "monitors", "alerts"},
    FileKind{"jobs/", "", "jobs", "batch jobs"},
};

std::string choices(std::string_view allowed) {
  std::string out;
  for (size_t from = 0; from <= allowed.size();) {
    const size_t bar = std::min(allowed.find('|', from), allowed.size());
    if (!out.empty()) out += bar == allowed.size() ? " or " : ", ";
    out += allowed.substr(from, bar - from);
    from = bar + 1;
  }
  return out;
}

std::string one_value(const Option& option) {
  switch (option.type) {
    case kText: return "text";
    case kName: return "a name of lower-case letters, digits and _";
    case kInteger: return "a whole number";
    case kNumber: return "a number";
    case kBool: return "true or false";
    case kDuration: return "a duration such as 100ms, 30s, 5m, 1h or 2d";
    case kSize: return "a size such as 64KiB, 10MB or 2GiB";
    case kChoice: return choices(option.allowed);
    case kEmit: return "on_change, on_close or every and a duration, such as every 10s";
    case kSqlType: return "a PostgreSQL type such as bigint, text or numeric(10,2)";
    case kAddress: return "an address such as 127.0.0.1:5433";
    case kCharacter: return "one character";
    case kObject:
      return option.name == "log" ? "embedded, or kafka: with the cluster" : "a map of keys";
    case kSource: return "one connector, such as file: \"data/*.ndjson\"";
    case kSink: return "one connector, such as file: \"out/rows.ndjson\"";
    case kTest: return "a test such as not_null, or not_null: column";
    case kAny: return "anything";
  }
  return "";
}

}  // namespace

std::span<const ObjectType> object_types() { return kObjects; }

const ObjectType* find_object_type(std::string_view name) {
  for (const ObjectType& type : kObjects) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

std::span<const FileKind> file_kinds() { return kKinds; }

std::string expected_value(const Option& option) {
  switch (option.shape) {
    case Shape::kOne: return one_value(option);
    case Shape::kList: return "a list, each " + one_value(option);
    case Shape::kMap: return "a map of names, each " + one_value(option);
    case Shape::kListOfLists: return "a list of lists of names";
  }
  return "";
}

}  // namespace weir::project
