// A gRPC C++ callback server that echoes, over TLS with a client certificate required. It decides nothing and records nothing.
//
//   echo_server CERTIFICATE KEY CA [ADDRESS]      ADDRESS defaults to 127.0.0.1:0
//
// Prints the port on one line when it serves; ends on SIGTERM or SIGINT.
#include <csignal>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>

#include <grpcpp/grpcpp.h>

#include "echo.grpc.pb.h"

namespace {

using portvakt::bench::v1::Echo;
using portvakt::bench::v1::EchoMessage;

class EchoService final : public Echo::CallbackService {
    grpc::ServerUnaryReactor *Echo(grpc::CallbackServerContext *context, const EchoMessage *request,
                                   EchoMessage *reply) override {
        reply->set_payload(request->payload());
        grpc::ServerUnaryReactor *reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
};

std::string contents(const char *path) {
    std::ifstream file(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << file.rdbuf();
    if (!file || bytes.str().empty()) {
        std::cerr << "echo_server: cannot read " << path << "\n";
        std::exit(2);
    }
    return bytes.str();
}

}  // namespace

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) {
        std::cerr << "usage: echo_server CERTIFICATE KEY CA [ADDRESS]\n";
        return 64;
    }
    // Threads of the server take no signals; the main thread waits for them.
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    grpc::SslServerCredentialsOptions options(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    options.pem_key_cert_pairs.push_back({contents(argv[2]), contents(argv[1])});
    options.pem_root_certs = contents(argv[3]);

    EchoService service;
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(argc == 5 ? argv[4] : "127.0.0.1:0", grpc::SslServerCredentials(options), &port);
    builder.RegisterService(&service);
    std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (!server || port == 0) {
        std::cerr << "echo_server: cannot serve\n";
        return 2;
    }
    std::cout << port << std::endl;
    int signal = 0;
    sigwait(&signals, &signal);
    server->Shutdown();
    return 0;
}
