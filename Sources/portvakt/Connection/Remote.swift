internal import NIOCore
internal import PortvaktClient
internal import PortvaktRPC
internal import PortvaktWire

/// The service, for one command.
struct Remote: Sendable {
    let settings: ConnectionSettings
    let channel: PortvaktChannel

    /// Connects for as long as the body lasts.
    static func with<Result: Sendable>(
        _ options: ConnectionOptions, _ body: (Remote) async throws -> Result
    ) async throws -> Result {
        let remote = try Remote(try options.resolve())
        do {
            let result = try await body(remote)
            await remote.channel.close()
            return result
        } catch {
            await remote.channel.close()
            throw error
        }
    }

    private init(_ settings: ConnectionSettings) throws {
        var configuration = RPCChannelConfiguration(
            targets: [RPCTarget(host: settings.address.host, port: settings.address.port)], tls: settings.tls)
        configuration.defaultTimeout = .seconds(Int64(settings.timeoutSeconds))
        configuration.fileCheckInterval = nil
        configuration.maxResponseMessage = WireLimits.messageBytes
        self.settings = settings
        channel = try PortvaktChannel(configuration)
    }

    /// Makes one call.
    /// - Throws: a ``Failure`` that says what to do.
    func call<Request: WireMessage, Response: WireMessage>(
        _ rpc: RPC, _ request: Request, as type: Response.Type = Response.self
    ) async throws -> Response {
        do throws(ChannelFailure) {
            return try await channel.call(rpc, request, as: Response.self)
        } catch {
            switch error {
            case .status(let status): throw failure(status)
            case .unreadable(let error):
                throw Failure(
                    "the service at \(settings.address) answered with something else than this release knows: \(error)")
            }
        }
    }

    /// Makes one call whose answer is a stream, and gives each message to the body until it returns false.
    func each<Request: WireMessage, Response: WireMessage>(
        _ rpc: RPC, _ request: Request, as type: Response.Type, _ body: (Response) -> Bool
    ) async throws {
        do throws(ChannelFailure) {
            var messages = channel.stream(rpc, request, as: Response.self).makeAsyncIterator()
            while let message = try await messages.next() {
                guard body(message) else { return }
            }
        } catch {
            switch error {
            case .status(let status): throw failure(status)
            case .unreadable(let error):
                throw Failure(
                    "the service at \(settings.address) sent something else than this release knows: \(error)")
            }
        }
    }

    /// Makes one call whose messages are not of this service.
    func raw(_ route: RPCRoute, _ message: ByteBuffer) async throws -> ByteBuffer {
        do throws(RPCStatus) { return try await channel.rpc.unary(route, message) } catch { throw failure(error) }
    }

    private func failure(_ status: RPCStatus) -> Failure {
        // Not what the message says already.
        let violations = (status.parsedDetails?.fieldViolations ?? []).filter {
            !status.message.hasSuffix($0.description)
        }
        let fields = violations.map { violation in
            violation.field.isEmpty
                ? "\n  \(violation.description)" : "\n  \(violation.field): \(violation.description)"
        }
        let details = fields.joined()
        let message = status.message.isEmpty ? status.code.name : status.message
        switch status.code {
        case .unavailable where status.parsedDetails?.errorInfo != nil:
            return Failure("the service at \(settings.address) could not do it: \(message)\(details)")
        case .unavailable:
            return Failure(
                "no answer from \(settings.address): \(message)\(details)\nIs portvaktd running there, and does its "
                    + "certificate lead to \(settings.tls.trustAnchors)?")
        case .deadlineExceeded:
            return Failure(
                "no answer from \(settings.address) within \(settings.timeoutSeconds) s: try again, or with a longer --timeout"
            )
        case .permissionDenied where !(status.parsedDetails?.errorInfo?.reason).isAboutThePermission:
            // The certificate may make the call, but not for the person whom it states: the service says whom it needs.
            return Failure("refused: \(message)\(details)", status: .no)
        case .permissionDenied:
            return Failure(
                "\(settings.tls.certificateChain) may not do this: an administrator gives permissions with portvakt "
                    + "system register\(details)",
                status: .no)
        case .invalidArgument: return Failure("the service refuses the request: \(message)\(details)", status: .usage)
        case .failedPrecondition where status.parsedDetails?.errorInfo?.reason == "LACKING":
            return Failure("it cannot be done: \(message)\(details)")
        case .notFound, .alreadyExists, .failedPrecondition, .aborted, .outOfRange:
            return Failure("refused: \(message)\(details)", status: .no)
        default: return Failure("\(settings.address): \(status.code.name): \(message)\(details)")
        }
    }
}

extension String? {
    /// Whether this reason of a PERMISSION_DENIED, or its absence, means that the certificate's system lacks the permission.
    fileprivate var isAboutThePermission: Bool { self == nil || self == "PERMISSION" }
}
