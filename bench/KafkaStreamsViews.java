// The eight views of bench/kafka as an Apache Kafka Streams program: the DSL, exactly_once_v2, a
// commit every 100 ms, two threads. Where there is a choice it is the one that is kind to Streams:
// one typed pass over the JSON, binary state and repartition records, output text built by hand, a
// global table that spares a repartition, one repartition for both views by item, stores in memory.
//
//   java KafkaStreamsViews BROKERS PREFIX COMMIT_MS STATE_DIR
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Properties;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.GlobalKTable;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.KTable;
import org.apache.kafka.streams.kstream.KeyValueMapper;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.state.BuiltInDslStoreSuppliers;

public final class KafkaStreamsViews {
  @JsonIgnoreProperties(ignoreUnknown = true)
  public static final class Event {
    public long id;
    public long ts;
    public long at;
    public long user_id;
    public long item;
    public String kind;
    public String region;
    public int amount;
    public String note;
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  public static final class User {
    public String country;
  }

  // What an aggregate holds, and what one event adds to it.
  static final class Figures {
    long n;
    long sum;
    long least = Long.MAX_VALUE;
    long most = Long.MIN_VALUE;
    long ts = Long.MIN_VALUE;

    static Figures of(Event e) {
      Figures f = new Figures();
      f.n = 1;
      f.sum = f.least = f.most = e.amount;
      f.ts = e.ts;
      return f;
    }

    Figures plus(Figures other) {
      Figures f = new Figures();
      f.n = n + other.n;
      f.sum = sum + other.sum;
      f.least = Math.min(least, other.least);
      f.most = Math.max(most, other.most);
      f.ts = Math.max(ts, other.ts);
      return f;
    }

    byte[] encoded() {
      return ByteBuffer.allocate(40).putLong(n).putLong(sum).putLong(least).putLong(most)
          .putLong(ts).array();
    }

    static Figures decoded(byte[] bytes) {
      ByteBuffer in = ByteBuffer.wrap(bytes);
      Figures f = new Figures();
      f.n = in.getLong();
      f.sum = in.getLong();
      f.least = in.getLong();
      f.most = in.getLong();
      f.ts = in.getLong();
      return f;
    }
  }

  static <T> Serde<T> json(Class<T> type) {
    ObjectReader reader = new ObjectMapper().readerFor(type);
    return Serdes.serdeFrom(
        (topic, value) -> { throw new UnsupportedOperationException(); },
        (topic, bytes) -> {
          if (bytes == null) return null;
          try {
            return reader.readValue(bytes);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  static final Serde<Figures> FIGURES = Serdes.serdeFrom(
      (topic, value) -> value == null ? null : value.encoded(),
      (topic, bytes) -> bytes == null ? null : Figures.decoded(bytes));

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static <K> KGroupedStream<K, Figures> grouped(KStream<byte[], Event> events,
                                                KeyValueMapper<byte[], Event, K> key,
                                                Serde<K> serde, String name) {
    return events.map((k, e) -> KeyValue.pair(key.apply(k, e), Figures.of(e)))
        .groupByKey(Grouped.with(name, serde, FIGURES));
  }

  static <K> KTable<K, Figures> totals(KGroupedStream<K, Figures> groups, Serde<K> serde) {
    return groups.reduce(Figures::plus, Materialized.with(serde, FIGURES));
  }

  static void rows(StreamsBuilder builder, KStream<byte[], Event> events, String prefix) {
    events.filter((k, e) -> e.amount >= 9000)
        .mapValues(e -> bytes("{\"id\":" + e.id + ",\"ts\":" + e.ts + ",\"at\":" + e.at + ",\"user_id\":" + e.user_id
            + ",\"amount\":" + e.amount + "}"))
        .to(prefix + "large");
    events.filter((k, e) -> e.kind.equals("buy"))
        .mapValues(e -> bytes("{\"id\":" + e.id + ",\"ts\":" + e.ts + ",\"at\":" + e.at + ",\"item\":" + e.item
            + ",\"twice\":" + e.amount * 2 + "}"))
        .to(prefix + "buys");
    events.filter((k, e) -> e.region.equals("r7"))
        .mapValues(e -> bytes("{\"id\":" + e.id + ",\"ts\":" + e.ts + ",\"at\":" + e.at + ",\"region\":\"" + e.region
            + "\",\"note\":\"" + e.note + "\"}"))
        .to(prefix + "region");
    GlobalKTable<String, User> users = builder.globalTable(prefix + "users",
        Consumed.with(Serdes.String(), json(User.class)));
    events.filter((k, e) -> e.amount >= 8000)
        .join(users, (k, e) -> Long.toString(e.user_id), (e, u) -> bytes("{\"id\":" + e.id
            + ",\"ts\":" + e.ts + ",\"at\":" + e.at + ",\"amount\":" + e.amount + ",\"country\":\"" + u.country + "\"}"))
        .to(prefix + "joined");
  }

  static void aggregates(KStream<byte[], Event> events, String prefix) {
    totals(grouped(events, (k, e) -> e.user_id, Serdes.Long(), "user"), Serdes.Long())
        .toStream()
        .mapValues((k, f) -> bytes("{\"user_id\":" + k + ",\"n\":" + f.n + ",\"total\":" + f.sum
            + ",\"ts\":" + f.ts + "}"))
        .to(prefix + "by_user", Produced.with(Serdes.Long(), Serdes.ByteArray()));
    totals(grouped(events, (k, e) -> e.region + "," + e.kind, Serdes.String(), "region"),
           Serdes.String())
        .toStream()
        .mapValues((k, f) -> bytes("{\"region\":\"" + k.substring(0, 2) + "\",\"kind\":\""
            + k.substring(3) + "\",\"n\":" + f.n + ",\"least\":" + f.least + ",\"most\":" + f.most
            + ",\"ts\":" + f.ts + "}"))
        .to(prefix + "by_region", Produced.with(Serdes.String(), Serdes.ByteArray()));
    KGroupedStream<Long, Figures> items =
        grouped(events, (k, e) -> e.item, Serdes.Long(), "item");
    totals(items, Serdes.Long())
        .toStream()
        .mapValues((k, f) -> bytes("{\"item\":" + k + ",\"n\":" + f.n + ",\"total\":" + f.sum
            + ",\"ts\":" + f.ts + "}"))
        .to(prefix + "by_item", Produced.with(Serdes.Long(), Serdes.ByteArray()));
    items.windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(60)))
        .reduce(Figures::plus, Materialized.with(Serdes.Long(), FIGURES))
        .toStream((k, f) -> k.window().start() + "," + k.key())
        .mapValues((k, f) -> bytes("{\"window_start\":\""
            + Instant.ofEpochMilli(Long.parseLong(k.substring(0, k.indexOf(','))))
            + "\",\"item\":" + k.substring(k.indexOf(',') + 1) + ",\"n\":" + f.n + ",\"ts\":" + f.ts
            + "}"))
        .to(prefix + "windows", Produced.with(Serdes.String(), Serdes.ByteArray()));
  }

  static Properties settings(String[] args) {
    Properties out = new Properties();
    out.put(StreamsConfig.APPLICATION_ID_CONFIG, args[1] + "streams");
    out.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    out.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    out.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, args[2]);
    out.put(StreamsConfig.STATE_DIR_CONFIG, args[3]);
    out.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG,
        BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class);
    out.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, "2");
    out.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, Long.toString(64L << 20));
    out.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
    out.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    out.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    out.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
    return out;
  }

  public static void main(String[] args) throws Exception {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<byte[], Event> events = builder.stream(args[1] + "events",
        Consumed.with(Serdes.ByteArray(), json(Event.class)).withTimestampExtractor(
            (record, latest) -> ((Event) record.value()).at));
    rows(builder, events, args[1]);
    aggregates(events, args[1]);
    Properties settings = settings(args);
    KafkaStreams streams = new KafkaStreams(builder.build(settings), settings);
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) System.out.println("running");
    });
    Runtime.getRuntime().addShutdownHook(new Thread(() -> streams.close(Duration.ofSeconds(5))));
    streams.start();
    Thread.currentThread().join();
  }
}
