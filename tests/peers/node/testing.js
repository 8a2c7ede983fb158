// What the client and the server have in common.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

// `scripts/interop` copies this and `examples/proto` to where the packages are.
const protos = fileURLToPath(new URL("proto", import.meta.url));

export const testing = grpc.loadPackageDefinition(
    loadSync("grpc/testing/test.proto", { includeDirs: [protos], keepCase: true, defaults: true }),
).grpc.testing;

export const ECHO_INITIAL = "x-grpc-test-echo-initial";
export const ECHO_TRAILING = "x-grpc-test-echo-trailing-bin";

// The flags `--name=value`, of which these are known.
export function flags(...known) {
    const given = {};
    for (const argument of process.argv.slice(2)) {
        const [, name, value] = /^--([^=]+)=(.*)$/.exec(argument) ?? [];
        if (!known.includes(name)) {
            throw new Error(`there is no flag ${argument}`);
        }
        given[name] = value;
    }
    return given;
}

export const read = (file) => readFileSync(file);
