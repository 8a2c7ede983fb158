// examples/bench_server.rs, on the callback API of gRPC's C++. `--runtime` is taken and left alone: it has threads of its own.

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <cstring>
#include <iostream>
#include <memory>
#include <string>

#include "bench.grpc.pb.h"
#include "helloworld.grpc.pb.h"

using bench::Payload;
using bench::StreamReq;
using grpc::CallbackServerContext;
using grpc::ServerUnaryReactor;
using grpc::Status;

namespace {

// examples/bench/work.rs
uint64_t Work() {
  volatile uint64_t seed = 0x9E3779B97F4A7C15;
  uint64_t value = seed;
  for (int step = 0; step < 42000; ++step) {
    value = (value ^ (value >> 29)) * 0xBF58476D1CE4E5B9;
  }
  return value;
}

ServerUnaryReactor* Finish(CallbackServerContext* context) {
  ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(Status::OK);
  return reactor;
}

// A stream from a source that always has the next message ready.
class ReadyWriter : public grpc::ServerWriteReactor<Payload> {
 public:
  explicit ReadyWriter(const StreamReq& request) : left_(request.count()) {
    message_.set_data(std::string(request.size(), 'x'));
    Next();
  }
  void OnWriteDone(bool ok) override { ok ? Next() : Finish(Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  void Next() {
    if (left_ == 0) return Finish(Status::OK);
    --left_;
    StartWrite(&message_);
  }

  Payload message_;
  uint32_t left_;
};

class Counter : public grpc::ServerReadReactor<Payload> {
 public:
  explicit Counter(StreamReq* seen) : seen_(seen) { StartRead(&message_); }
  void OnReadDone(bool ok) override {
    if (!ok) {
      seen_->set_count(count_);
      seen_->set_size(size_);
      return Finish(Status::OK);
    }
    ++count_;
    size_ += message_.data().size();
    StartRead(&message_);
  }
  void OnDone() override { delete this; }

 private:
  StreamReq* seen_;
  Payload message_;
  uint32_t count_ = 0, size_ = 0;
};

class Echo : public grpc::ServerBidiReactor<Payload, Payload> {
 public:
  Echo() { StartRead(&message_); }
  void OnReadDone(bool ok) override { ok ? StartWrite(&message_) : Finish(Status::OK); }
  void OnWriteDone(bool ok) override { ok ? StartRead(&message_) : Finish(Status::CANCELLED); }
  void OnDone() override { delete this; }

 private:
  Payload message_;
};

class Bench final : public bench::Bench::CallbackService {
  ServerUnaryReactor* Unary(CallbackServerContext* context, const Payload* request, Payload* reply) override {
    *reply = *request;
    return Finish(context);
  }
  grpc::ServerWriteReactor<Payload>* ServerStream(CallbackServerContext*, const StreamReq* request) override {
    return new ReadyWriter(*request);
  }
  grpc::ServerReadReactor<Payload>* ClientStream(CallbackServerContext*, StreamReq* reply) override {
    return new Counter(reply);
  }
  grpc::ServerBidiReactor<Payload, Payload>* Bidi(CallbackServerContext*) override { return new Echo; }
  ServerUnaryReactor* Compute(CallbackServerContext* context, const Payload*, Payload* reply) override {
    const uint64_t value = Work();
    reply->set_data(&value, sizeof value);
    return Finish(context);
  }
};

class Greeter final : public helloworld::Greeter::CallbackService {
  ServerUnaryReactor* SayHello(CallbackServerContext* context, const helloworld::HelloRequest* request,
                               helloworld::HelloReply* reply) override {
    reply->set_message("Hello, " + request->name() + "!");
    return Finish(context);
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string port = "0";
  for (int at = 1; at + 1 < argc; at += 2) {
    if (std::strcmp(argv[at], "--port") == 0) port = argv[at + 1];
  }
  Bench bench;
  Greeter greeter;
  int bound = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:" + port, grpc::InsecureServerCredentials(), &bound);
  builder.RegisterService(&bench);
  builder.RegisterService(&greeter);
  std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) return 1;
  std::cout << "listening on 127.0.0.1:" << bound << std::endl;
  server->Wait();
}
