// The client of gRPC's interoperability tests on grpc-js.

import assert from "node:assert/strict";
import grpc from "@grpc/grpc-js";
import { ECHO_INITIAL, ECHO_TRAILING, flags, read, testing } from "./testing.js";

const given = flags(
    "server_host",
    "server_port",
    "server_host_override",
    "test_case",
    "use_tls",
    "use_test_ca",
    "ca_file",
);
const REQUESTS = [27182, 8, 1828, 45904];
const RESPONSES = [31415, 9, 2653, 58979];
const LARGE = { response_size: 314159, payload: zeros(271828) };

const cases = {
    async empty_unary(stub) {
        assert.deepEqual({ ...(await unary(stub, "EmptyCall", {})).response }, {});
    },
    async large_unary(stub) {
        isZeros((await unary(stub, "UnaryCall", LARGE)).response, LARGE.response_size);
    },
    async client_streaming(stub) {
        const response = await new Promise((resolve, reject) => {
            const call = stub.StreamingInputCall((error, response) => (error ? reject(error) : resolve(response)));
            REQUESTS.forEach((size) => call.write({ payload: zeros(size) }));
            call.end();
        });
        assert.equal(response.aggregated_payload_size, 74922);
    },
    async server_streaming(stub) {
        const call = new Call(stub.StreamingOutputCall({ response_parameters: RESPONSES.map((size) => ({ size })) }));
        for (const size of RESPONSES) {
            isZeros(await call.next(), size);
        }
        await call.isOver();
    },
    async ping_pong(stub) {
        const call = new Call(stub.FullDuplexCall());
        for (const [index, size] of RESPONSES.entries()) {
            call.call.write(requestFor(REQUESTS[index], size));
            isZeros(await call.next(), size);
        }
        call.call.end();
        await call.isOver();
    },
    async empty_stream(stub) {
        const call = new Call(stub.FullDuplexCall());
        call.call.end();
        await call.isOver();
    },
    async cancel_after_begin(stub) {
        const error = await new Promise((resolve) => {
            const call = stub.StreamingInputCall(resolve);
            setImmediate(() => call.cancel());
        });
        assert.equal(error?.code, grpc.status.CANCELLED);
    },
    async cancel_after_first_response(stub) {
        const call = new Call(stub.FullDuplexCall());
        call.call.write(requestFor(REQUESTS[0], RESPONSES[0]));
        isZeros(await call.next(), RESPONSES[0]);
        call.call.cancel();
        await call.fails(grpc.status.CANCELLED);
    },
    async timeout_on_sleeping_server(stub) {
        const call = new Call(stub.FullDuplexCall({ deadline: Date.now() + 1 }));
        call.call.write({ payload: zeros(REQUESTS[0]) });
        await call.fails(grpc.status.DEADLINE_EXCEEDED);
    },
    async custom_metadata(stub) {
        const trailing = Buffer.from([0xab, 0xab, 0xab]);
        const metadata = new grpc.Metadata();
        metadata.set(ECHO_INITIAL, "test_initial_metadata_value");
        metadata.set(ECHO_TRAILING, trailing);
        const cameBack = (initial, trailers) => {
            assert.deepEqual(initial.get(ECHO_INITIAL), ["test_initial_metadata_value"]);
            assert.deepEqual(trailers.get(ECHO_TRAILING), [trailing]);
        };
        const { response, initial, status } = await unary(stub, "UnaryCall", LARGE, metadata);
        isZeros(response, LARGE.response_size);
        cameBack(initial, status.metadata);

        const call = new Call(stub.FullDuplexCall(metadata));
        call.call.write(requestFor(LARGE.payload.body.length, LARGE.response_size));
        isZeros(await call.next(), LARGE.response_size);
        call.call.end();
        await call.isOver();
        cameBack(await call.initial, (await call.status).metadata);
    },
    async status_code_and_message(stub) {
        const response_status = { code: grpc.status.UNKNOWN, message: "test status message" };
        await failsWith(stub, response_status);
        const call = new Call(stub.FullDuplexCall());
        call.call.write({ response_status });
        call.call.end();
        assert.equal((await call.fails(grpc.status.UNKNOWN)).details, response_status.message);
    },
    async special_status_message(stub) {
        const message = "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \u{1f608}\t\n";
        await failsWith(stub, { code: grpc.status.UNKNOWN, message });
    },
    async unimplemented_method(stub) {
        await assert.rejects(unary(stub, "UnimplementedCall", {}), { code: grpc.status.UNIMPLEMENTED });
    },
    async unimplemented_service() {
        const stub = connect(testing.UnimplementedService);
        await assert.rejects(unary(stub, "UnimplementedCall", {}), { code: grpc.status.UNIMPLEMENTED });
        stub.close();
    },
};

// The response of a unary call, with the metadata before it and the status after it.
async function unary(stub, method, request, metadata = new grpc.Metadata()) {
    let call;
    const response = new Promise((resolve, reject) => {
        call = stub[method](request, metadata, (error, response) => (error ? reject(error) : resolve(response)));
    });
    const initial = new Promise((resolve) => call.on("metadata", resolve));
    const status = new Promise((resolve) => call.on("status", resolve));
    return { response: await response, initial: await initial, status: await status };
}

async function failsWith(stub, response_status) {
    const call = unary(stub, "UnaryCall", { response_status });
    await assert.rejects(call, { code: response_status.code, details: response_status.message });
}

// A call with a stream of responses.
class Call {
    constructor(call) {
        this.call = call;
        this.responses = call[Symbol.asyncIterator]();
        this.initial = new Promise((resolve) => call.on("metadata", resolve));
        this.status = new Promise((resolve) => call.on("status", resolve));
        // It is told by the iterator too, where someone waits for a response.
        call.on("error", () => {});
    }

    async next() {
        const { value, done } = await this.responses.next();
        assert.ok(!done, "the responses ended early");
        return value;
    }

    async isOver() {
        assert.deepEqual(await this.responses.next(), { value: undefined, done: true });
        assert.equal((await this.status).code, grpc.status.OK);
    }

    async fails(code) {
        await assert.rejects(this.responses.next(), { code });
        const status = await this.status;
        assert.equal(status.code, code);
        return status;
    }
}

function requestFor(request, response) {
    return { response_parameters: [{ size: response }], payload: zeros(request) };
}

function zeros(size) {
    return { body: Buffer.alloc(size) };
}

function isZeros(response, size) {
    assert.ok(response.payload.body.equals(Buffer.alloc(size)), `${response.payload.body.length} bytes are not ${size} zeros`);
}

function connect(Client) {
    const options = {};
    let credentials = grpc.credentials.createInsecure();
    if (given.use_tls === "true") {
        credentials = grpc.credentials.createSsl(given.ca_file ? read(given.ca_file) : null);
        if (given.server_host_override) {
            options["grpc.ssl_target_name_override"] = given.server_host_override;
            options["grpc.default_authority"] = given.server_host_override;
        }
    }
    return new Client(`${given.server_host ?? "localhost"}:${given.server_port}`, credentials, options);
}

for (const name of given.test_case.split(",")) {
    assert.ok(name in cases, `there is no case ${name}`);
    const stub = connect(testing.TestService);
    await cases[name](stub);
    stub.close();
    console.log(`${name}: ok`);
}
