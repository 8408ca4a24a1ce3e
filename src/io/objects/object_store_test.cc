// Signatures against published examples; addresses; what a folder does as an object store. The real
// services' protocols are tested in test/objects.
#include "io/objects/object_store.h"

#include <gtest/gtest.h>

#include "io/objects/object_service.h"
#include "io/objects/signing.h"
#include "io/sim_file_system.h"

namespace weir::io {
namespace {

// The example "GET Object" of the Amazon S3 API reference.
TEST(ObjectSigning, SignsAsTheReferenceOfS3Does) {
  ObjectCall call;
  call.host = "examplebucket.s3.amazonaws.com";
  call.path = "/test.txt";
  call.headers = {{"Range", "bytes=0-9"}};
  const AwsKeys keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  sign_aws(call, keys, "us-east-1", 1'369'353'600'000'000);
  EXPECT_EQ(call.headers.back().second,
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date, "
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

// The example "Get Bucket (List Objects)" of the same.
TEST(ObjectSigning, SignsQueriesInOrder) {
  ObjectCall call;
  call.host = "examplebucket.s3.amazonaws.com";
  call.query = {{"prefix", "J"}, {"max-keys", "2"}};
  const AwsKeys keys{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  sign_aws(call, keys, "us-east-1", 1'369'353'600'000'000);
  EXPECT_TRUE(call.headers.back().second.ends_with(
      "Signature=34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(ObjectSigning, KnowsItsDigits) {
  EXPECT_EQ(hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(base64(md5("")), "1B2M2Y8AsgTpgAmY7PhCfg==");
  EXPECT_EQ(decode_base64("YWJjZA==").value(), "abcd");
  EXPECT_EQ(decode_base64("*").error().code(), 1909);
  EXPECT_EQ(base64_url("\xff\xfe\xfd\xfc"), "__79_A");
  EXPECT_EQ(percent_encode("a b/c+d~", true), "a%20b/c%2Bd~");
  EXPECT_EQ(http_time(1'369'353'600'000'000), "Fri, 24 May 2013 00:00:00 GMT");
  EXPECT_EQ(sign_token("{}", "no key").error().code(), 1909);
}

TEST(ObjectUrls, AreUnderstoodOrRefused) {
  const ObjectUrl s3 = parse_object_url("s3://b/a/c").value();
  EXPECT_EQ(s3.service, ObjectUrl::Service::kS3);
  EXPECT_EQ(s3.bucket, "b");
  EXPECT_EQ(s3.prefix, "a/c/");
  EXPECT_EQ(parse_object_url("gs://b").value().prefix, "");
  const ObjectUrl azure = parse_object_url("https://shop.blob.core.windows.net/c/p/").value();
  EXPECT_EQ(azure.account, "shop");
  EXPECT_EQ(azure.bucket, "c");
  EXPECT_EQ(azure.prefix, "p/");
  EXPECT_EQ(parse_object_url("/var/copy").value().service, ObjectUrl::Service::kFolder);
  for (const char* bad : {"", "s3://", "s3:///p", "ftp://b/p", "https://example.org/c",
                          "s3://b/a b", "s3://key:secret@b/p", "az://c/p?sig=secret",
                          "s3://b/a//c"}) {
    const auto refused = parse_object_url(bad);
    ASSERT_FALSE(refused.has_value()) << bad;
    EXPECT_EQ(refused.error().code(), 1900);
    EXPECT_EQ(refused.error().to_string().find("secret"), std::string::npos);
  }
}

TEST(ObjectXml, ReadsValuesAndReferences) {
  const char* text = "<L><Key>a&amp;b&lt;</Key><Size>7</Size><Key>c</Key></L>";
  EXPECT_EQ(xml_values(text, "Key"), (std::vector<std::string>{"a&b<", "c"}));
  EXPECT_EQ(xml_value(text, "Size"), "7");
  EXPECT_EQ(xml_value("<Key>no end", "Key"), "");
}

TEST(FolderStores, KeepObjects) {
  SimFileSystem files;
  ManualClock clock;
  const auto store =
      open_object_store({.url = "/copies"}, {files, clock, nullptr}).value();
  EXPECT_TRUE(store->list("").value().empty());
  EXPECT_TRUE(store->put_new("p/1", "one").value());
  EXPECT_FALSE(store->put_new("p/1", "other").value());
  ASSERT_TRUE(store->put("q", std::string(9 << 20, 'x')).has_value());
  EXPECT_EQ(store->get("p/1").value(), "one");
  EXPECT_EQ(store->get("q").value().size(), 9u << 20);
  EXPECT_EQ(store->get_range("q", (9 << 20) - 3, 100).value(), "xxx");
  EXPECT_EQ(store->get("none").error().code(), 1905);
  const auto file = files.open("/copies/q", OpenMode::kRead).value();
  ASSERT_TRUE(store->put_file("p/2", *file, 9 << 20).has_value());
  EXPECT_EQ(store->put_file("p/3", *file, 10 << 20).error().code(), 1907);
  const auto found = store->list("p/").value();
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].key, "p/2");
  EXPECT_EQ(found[1].bytes, 9u << 20);
  ASSERT_TRUE(store->remove("p/1").has_value());
  ASSERT_TRUE(store->remove("p/1").has_value());
  EXPECT_EQ(store->list("").value().size(), 2u);
}

}  // namespace
}  // namespace weir::io
