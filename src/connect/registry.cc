// Connectors that can be named in a project. Those that are known and not there yet stand here too,
// so that their name is answered with "not supported yet" and not with a guess at a spelling.
#include "connect/registry.h"

#include <array>

namespace weir::connect {

namespace {

using enum OptionType;

constexpr ConnectorOption kFileOptions[] = {
    {"path", kText, true, "",
     "file or glob, relative to the project; as a sink: the file to write"},
    {"follow", kBool, false, "false", "go on reading as files grow, are rotated and appear"},
    {"rate", kRate, false, "", "source: at most so many rows a second, such as 1000/s"},
    {"speed", kText, false, "", "source: replay by event time, such as 10x"},
    {"roll", kText, false, "",
     "sink: begin a new file after this size or time, such as 64MiB or 1h"},
    {"partition_by", kText, false, "", "sink: a folder name=value per value of this column"},
};

constexpr ConnectorOption kTopicOptions[] = {
    {"topic", kText, true, "", "name of the topic"},
    {"key_column", kText, false, "", "source: the text column that takes the record's key"},
    {"from", kText, false, "start", "source: where a first start begins, start or end"},
    {"partitions", kInteger, false, "1", "sink: of a topic that is made"},
};

constexpr ConnectorOption kHttpOptions[] = {
    {"idempotency_window", kDuration, false, "24h", "how long an idempotency key is remembered"},
    {"idempotency_keys", kInteger, false, "100000", "how many idempotency keys are remembered"},
};

constexpr ConnectorOption kGenerateOptions[] = {
    {"rate", kRate, false, "100/s", "rows a second, and their distance in event_time"},
    {"rows", kInteger, false, "",
     "how many in all; none: without end. Without rate: at full speed"},
    {"seed", kInteger, false, "1", "the same seed gives the same rows"},
    {"start", kText, false, "", "event_time of the first row; none: when it first runs"},
    {"late", kText, false, "0%", "share of rows whose event_time is set back"},
    {"late_by", kDuration, false, "30s", "by how much at most"},
    {"duplicates", kText, false, "0%", "share of rows that repeat the row before"},
    {"broken", kText, false, "0%", "share of records that cannot be decoded"},
    {"columns", kMap, true, "", "column: expression over i, event_time, u1 to u9 and n1 to n3"},
};

constexpr ConnectorOption kNexmarkOptions[] = {
    {"kind", kText, false, "bid", "bid, auction, person or all"},
    {"events", kInteger, false, "", "how many events of all kinds; none: without end, at the rate"},
    {"rate", kNumber, false, "10000", "events a second of event time"},
    {"paced", kBool, false, "", "give them at the rate; default: only where there is no end"},
    {"seed", kInteger, false, "1", "the same seed gives the same events"},
    {"base_time", kText, false, "2026-01-01T00:00:00Z", "event time of the first event"},
    {"person_proportion", kInteger, false, "1", "persons of each round of events"},
    {"auction_proportion", kInteger, false, "3", "auctions of each round of events"},
    {"bid_proportion", kInteger, false, "46", "bids of each round of events"},
    {"active_people", kInteger, false, "1000",
     "among how many people bidders and sellers are drawn"},
    {"in_flight_auctions", kInteger, false, "100", "among how many auctions bids are drawn"},
    {"hot_auction_ratio", kInteger, false, "2", "1/n of bids are not on the hot auction"},
    {"hot_sellers_ratio", kInteger, false, "4", "1/n of auctions are not of the hot seller"},
    {"hot_bidders_ratio", kInteger, false, "4", "1/n of bids are not by the hot bidder"},
    {"avg_person_bytes", kInteger, false, "200", "size to which extra pads a person"},
    {"avg_auction_bytes", kInteger, false, "500", "size to which extra pads an auction"},
    {"avg_bid_bytes", kInteger, false, "100", "size to which extra pads a bid"},
    {"out_of_order_group", kInteger, false, "1", "events are shuffled within groups of so many"},
    {"bidder_offset_bug", kBool, false, "false",
     "bidders 1000 above the person they mean, as in the "
     "reference implementation since 2021"},
};

constexpr ConnectorOption kHostOptions[] = {
    {"what", kText, false, "cpu", "cpu, memory, disk, network or processes"},
    {"every", kDuration, false, "1s", "how often the figures are taken"},
};

constexpr std::span<const ConnectorOption> kNone;

constexpr Connector known(std::string_view name, bool source, bool sink, std::string_view summary) {
  return {name, source, sink, false, true, "", kNone, summary};
}

constexpr std::array kConnectors = {
    Connector{"file", true, true, true, true, "path", kFileOptions,
              "files of lines, plain or packed"},
    Connector{"topic", true, true, true, true, "topic", kTopicOptions,
              "a topic of the project's log"},
    Connector{"http", true, false, true, true, "", kHttpOptions,
              "rows pushed to POST /v1/streams/NAME"},
    Connector{"generate", true, false, true, false, "", kGenerateOptions,
              "rows made up by seeded expressions"},
    Connector{"nexmark", true, false, true, false, "", kNexmarkOptions,
              "the Nexmark auction events"},
    Connector{"host", true, false, true, false, "what", kHostOptions,
              "figures of the machine that weir runs on"},
    Connector{"stdout", false, true, true, true, "", kNone, "standard output, at least once"},
    known("postgres", true, true, "PostgreSQL tables and changes"),
    known("mysql", true, true, "MySQL and MariaDB tables and changes"),
    known("sqlserver", true, true, "SQL Server and Azure SQL tables and changes"),
    known("mongodb", true, true, "MongoDB collections and changes"),
    known("cosmosdb", true, true, "Azure Cosmos DB containers"),
    known("mqtt", true, true, "an MQTT broker"),
    known("kafka", true, true, "topics of a Kafka cluster that is not the project's log"),
    known("kinesis", true, true, "Amazon Kinesis streams"),
    known("pubsub", true, true, "Google Pub/Sub"),
    known("eventhubs", true, true, "Azure Event Hubs"),
    known("rabbitmq", true, true, "RabbitMQ queues"),
    known("nats", true, true, "NATS subjects"),
    known("redis", true, true, "Redis streams and keys"),
    known("websocket", true, true, "a WebSocket"),
    known("s3", true, true, "objects in S3"),
    known("gcs", true, true, "objects in Google Cloud Storage"),
    known("azure_blob", true, true, "objects in Azure Blob Storage"),
    known("iceberg", true, true, "Apache Iceberg tables"),
    known("delta", true, true, "Delta Lake tables"),
    known("snowflake", false, true, "Snowflake tables"),
    known("bigquery", false, true, "BigQuery tables"),
    known("redshift", false, true, "Redshift tables"),
    known("clickhouse", false, true, "ClickHouse tables"),
    known("elasticsearch", false, true, "Elasticsearch and OpenSearch indexes"),
    known("sap", true, false, "SAP tables and changes"),
    known("celonis", false, true, "Celonis data pools"),
    known("webhook", false, true, "HTTP requests to an address"),
};

}  // namespace

std::span<const Connector> all_connectors() { return kConnectors; }

const Connector* find_connector(std::string_view name) {
  for (const Connector& connector : kConnectors) {
    if (connector.name == name) return &connector;
  }
  return nullptr;
}

}  // namespace weir::connect
