// Asks a running daemon with the stock C++ library and stubs generated from proto/, over mutual TLS.
//
//     stock_client TARGET CERTS HOLDER
//
// Expects a case `sak` whose holder is the employment `larer`. Exit status 0: all is well.
#include <chrono>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "portvakt/v1/access.grpc.pb.h"
#include "portvakt/v1/watch.grpc.pb.h"

namespace v1 = portvakt::v1;
using std::chrono::milliseconds;
using std::chrono::system_clock;

static int checks = 0, failures = 0;

static void check(const std::string &name, bool condition, const std::string &found = "") {
    checks++;
    if (!condition) failures++;
    std::cout << (condition ? "ok      " : "FAILED  ") << name << (condition ? "" : ": " + found) << "\n";
}

static std::string contents(const std::string &path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

static v1::Question question(const std::string &employment = "larer", const std::string &case_id = "sak") {
    v1::Question question;
    question.mutable_actor()->set_employment(employment);
    question.set_action(v1::ACTION_LOG_READ);
    question.mutable_object()->set_case_id(case_id);
    question.set_assurance(v1::ASSURANCE_HIGH);
    question.set_purpose(v1::PURPOSE_SAMORDNING);
    question.set_need(true);
    return question;
}

static void limit(grpc::ClientContext &context, int after = 20000) {
    context.set_deadline(system_clock::now() + milliseconds(after));
}

static grpc::Status ask(v1::Access::Stub &access, const v1::CheckRequest &request, v1::CheckResponse *response, int after = 20000) {
    grpc::ClientContext context;
    limit(context, after);
    return access.Check(&context, request, response);
}

static void one(v1::Access::Stub &access) {
    v1::CheckRequest request;
    v1::CheckResponse response;
    *request.mutable_question() = question();
    grpc::Status status = ask(access, request, &response);
    check("Check: OK", status.ok(), status.error_message());
    check("Check: the holder may read", response.answer().effect() == v1::EFFECT_ALLOW);
    check("Check: it has its entry", response.answer().entry().stream().rfind("decisions/", 0) == 0);
    *request.mutable_question() = question("nobody");
    status = ask(access, request, &response);
    check("Check: a deny is OK, too", status.ok() && response.answer().effect() == v1::EFFECT_DENY);
}

static void many(v1::Access::Stub &access) {
    v1::CheckManyRequest request;
    for (int number = 0; number < 1000; number++) {
        v1::CheckManyItem *item = request.add_items();
        item->set_id("i-" + std::to_string(number));
        *item->mutable_question() = question(number % 2 ? "nobody" : "larer");
    }
    grpc::ClientContext context;
    limit(context);
    v1::CheckManyResponse response;
    grpc::Status status = access.CheckMany(&context, request, &response);
    bool right = status.ok() && response.answers_size() == 1000;
    for (int number = 0; right && number < 1000; number++)
        right = response.answers(number).id() == "i-" + std::to_string(number) &&
                response.answers(number).answer().effect() == (number % 2 ? v1::EFFECT_DENY : v1::EFFECT_ALLOW);
    check("CheckMany: a thousand, in order", right, status.error_message());

    grpc::ClientContext streaming;
    limit(streaming);
    auto reader = access.CheckEach(&streaming, request);
    v1::CheckEachResponse some;
    int answered = 0;
    while (reader->Read(&some)) answered += some.ids_size();
    check("CheckEach: a thousand", reader->Finish().ok() && answered == 1000, std::to_string(answered));
}

static void watch(v1::Watch::Stub &watch) {
    grpc::ClientContext context;
    limit(context);
    v1::WatchChangesRequest request;
    request.set_heartbeat_ms(50);
    auto reader = watch.Changes(&context, request);
    v1::WatchChangesResponse message;
    int beats = 0;
    while (beats < 3 && reader->Read(&message)) beats++;
    check("Watch: heartbeats", beats == 3, std::to_string(beats));
    context.TryCancel();
    while (reader->Read(&message)) continue;
    check("Watch: cancelled", reader->Finish().error_code() == grpc::StatusCode::CANCELLED);
}

static void time_limits(v1::Access::Stub &access) {
    v1::CheckRequest request;
    v1::CheckResponse response;
    *request.mutable_question() = question();
    request.set_at_least_as_fresh(1ull << 63);  // No state reaches it: the call waits.
    auto begun = system_clock::now();
    grpc::Status status = ask(access, request, &response, 300);
    check("a deadline ends with DEADLINE_EXCEEDED", status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED);
    check("in time", system_clock::now() - begun < std::chrono::seconds(5));
    grpc::ClientContext context;
    limit(context);
    std::thread canceller([&context] {
        std::this_thread::sleep_for(milliseconds(100));
        context.TryCancel();
    });
    status = access.Check(&context, request, &response);
    canceller.join();
    check("a cancelled call ends with CANCELLED", status.error_code() == grpc::StatusCode::CANCELLED);
}

static void details(v1::Access::Stub &access) {
    v1::CheckRequest request;
    v1::CheckResponse response;
    *request.mutable_question() = question();
    request.mutable_question()->clear_purpose();
    grpc::Status status = ask(access, request, &response);
    check("a question without purpose is INVALID_ARGUMENT", status.error_code() == grpc::StatusCode::INVALID_ARGUMENT);
    google::rpc::Status rich;
    check("the details are a google.rpc.Status", rich.ParseFromString(status.error_details()) &&
                                                     rich.code() == static_cast<int>(status.error_code()));
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    for (const auto &detail : rich.details()) {
        if (detail.Is<google::rpc::ErrorInfo>()) detail.UnpackTo(&info);
        if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&bad);
    }
    check("ErrorInfo: MALFORMED", info.reason() == "MALFORMED" && info.domain() == "portvakt", info.reason());
    check("BadRequest: the field", bad.field_violations_size() == 1 && bad.field_violations(0).field() == "question.purpose");
}

static void at_once(v1::Access::Stub &access) {
    std::vector<std::thread> threads;
    std::vector<int> right(16);
    for (int thread = 0; thread < 16; thread++)
        threads.emplace_back([&access, &right, thread] {
            v1::CheckRequest request;
            *request.mutable_question() = question();
            for (int number = 0; number < 200; number++) {
                v1::CheckResponse response;
                if (ask(access, request, &response).ok() && response.answer().effect() == v1::EFFECT_ALLOW) right[thread]++;
            }
        });
    int sum = 0;
    for (int thread = 0; thread < 16; thread++) {
        threads[thread].join();
        sum += right[thread];
    }
    check("3,200 calls of 16 threads", sum == 3200, std::to_string(sum));
}

int main(int count, char **arguments) {
    if (count != 4) {
        std::cerr << "usage: stock_client TARGET CERTS HOLDER\n";
        return 64;
    }
    std::string certs = arguments[2], holder = arguments[3];
    grpc::SslCredentialsOptions options{
        contents(certs + "/ca.pem"), contents(certs + "/" + holder + ".key"), contents(certs + "/" + holder + ".pem")};
    auto channel = grpc::CreateChannel(arguments[1], grpc::SslCredentials(options));
    auto access = v1::Access::NewStub(channel);
    one(*access);
    many(*access);
    auto changes = v1::Watch::NewStub(channel);
    watch(*changes);
    time_limits(*access);
    details(*access);
    at_once(*access);
    options.pem_cert_chain = options.pem_private_key = "";
    auto naked = v1::Access::NewStub(grpc::CreateChannel(arguments[1], grpc::SslCredentials(options)));
    v1::CheckRequest request;
    v1::CheckResponse response;
    *request.mutable_question() = question();
    check("without a certificate nothing is answered", !ask(*naked, request, &response, 3000).ok());
    std::cout << checks << " checks, " << failures << " failed\n";
    return failures ? 1 : 0;
}
