// The server of gRPC's interoperability tests on grpc-js.

import grpc from "@grpc/grpc-js";
import { ECHO_INITIAL, ECHO_TRAILING, flags, read, testing } from "./testing.js";

const given = flags("port", "use_tls", "cert_file", "key_file");

const service = {
    EmptyCall(call, callback) {
        callback(null, {}, echoMetadata(call));
    },
    UnaryCall(call, callback) {
        const trailers = echoMetadata(call);
        const error = askedFor(call.request);
        if (error) {
            callback(error);
        } else {
            callback(null, { payload: zeros(call.request.response_size) }, trailers);
        }
    },
    StreamingOutputCall(call) {
        const trailers = echoMetadata(call);
        respond(call, call.request);
        call.end(trailers);
    },
    StreamingInputCall(call, callback) {
        const trailers = echoMetadata(call);
        let aggregated_payload_size = 0;
        call.on("data", (request) => {
            aggregated_payload_size += request.payload?.body.length ?? 0;
        });
        call.on("end", () => callback(null, { aggregated_payload_size }, trailers));
    },
    FullDuplexCall(call) {
        const trailers = echoMetadata(call);
        call.on("data", (request) => {
            const error = askedFor(request);
            if (error) {
                call.emit("error", error);
            } else {
                respond(call, request);
            }
        });
        call.on("end", () => call.end(trailers));
    },
};

function echoMetadata(call) {
    const initial = new grpc.Metadata();
    for (const value of call.metadata.get(ECHO_INITIAL)) {
        initial.add(ECHO_INITIAL, value);
    }
    call.sendMetadata(initial);
    const trailers = new grpc.Metadata();
    for (const value of call.metadata.get(ECHO_TRAILING)) {
        trailers.add(ECHO_TRAILING, value);
    }
    return trailers;
}

function askedFor({ response_status: status }) {
    return status?.code ? { code: status.code, details: status.message } : null;
}

function respond(call, request) {
    for (const { size } of request.response_parameters) {
        call.write({ payload: zeros(size) });
    }
}

const zeros = (size) => ({ body: Buffer.alloc(size) });

function credentials() {
    if (given.use_tls !== "true") {
        return grpc.ServerCredentials.createInsecure();
    }
    const pair = { cert_chain: read(given.cert_file), private_key: read(given.key_file) };
    return grpc.ServerCredentials.createSsl(null, [pair]);
}

const server = new grpc.Server();
// UnimplementedCall is left out: gRPC answers it, as it does UnimplementedService.
const { UnimplementedCall: _, ...served } = testing.TestService.service;
server.addService(served, service);
server.bindAsync(`[::]:${given.port ?? 0}`, credentials(), (error, port) => {
    if (error) {
        throw error;
    }
    console.log(`listening on 127.0.0.1:${port}`);
});
