// The client of gRPC's interoperability tests on grpc-go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"reflect"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	pb "interop/testing"
)

const (
	echoInitial  = "x-grpc-test-echo-initial"
	echoTrailing = "x-grpc-test-echo-trailing-bin"

	largeRequest  = 271828
	largeResponse = 314159
)

var (
	host     = flag.String("server_host", "localhost", "the server's host")
	port     = flag.Int("server_port", 10000, "the server's port")
	override = flag.String("server_host_override", "", "the name that the certificate has to be for")
	useTLS   = flag.Bool("use_tls", false, "connect by TLS")
	_        = flag.Bool("use_test_ca", false, "trust --ca_file, as is done in any case")
	caFile   = flag.String("ca_file", "ca.pem", "the authority to trust, in PEM")
	names    = flag.String("test_case", "large_unary", "the cases, separated by commas")

	requestSizes  = []int{27182, 8, 1828, 45904}
	responseSizes = []int32{31415, 9, 2653, 58979}
)

var cases = map[string]func(*grpc.ClientConn, context.Context){
	"empty_unary": func(conn *grpc.ClientConn, ctx context.Context) {
		_, err := stub(conn).EmptyCall(ctx, &pb.Empty{})
		must(err)
	},
	"large_unary": func(conn *grpc.ClientConn, ctx context.Context) {
		response, err := stub(conn).UnaryCall(ctx, large())
		must(err)
		isZeros(response.GetPayload(), largeResponse)
	},
	"client_streaming": func(conn *grpc.ClientConn, ctx context.Context) {
		stream, err := stub(conn).StreamingInputCall(ctx)
		must(err)
		for _, size := range requestSizes {
			must(stream.Send(&pb.StreamingInputCallRequest{Payload: zeros(size)}))
		}
		response, err := stream.CloseAndRecv()
		must(err)
		equal("the size of all", response.GetAggregatedPayloadSize(), int32(74922))
	},
	"server_streaming": func(conn *grpc.ClientConn, ctx context.Context) {
		request := &pb.StreamingOutputCallRequest{}
		for _, size := range responseSizes {
			request.ResponseParameters = append(request.ResponseParameters, &pb.ResponseParameters{Size: size})
		}
		stream, err := stub(conn).StreamingOutputCall(ctx, request)
		must(err)
		for _, size := range responseSizes {
			response, err := stream.Recv()
			must(err)
			isZeros(response.GetPayload(), size)
		}
		_, err = stream.Recv()
		equal("the end", err, io.EOF)
	},
	"ping_pong": func(conn *grpc.ClientConn, ctx context.Context) {
		stream, err := stub(conn).FullDuplexCall(ctx)
		must(err)
		for index, size := range responseSizes {
			pingPong(stream, requestSizes[index], size)
		}
		isOver(stream)
	},
	"empty_stream": func(conn *grpc.ClientConn, ctx context.Context) {
		stream, err := stub(conn).FullDuplexCall(ctx)
		must(err)
		isOver(stream)
	},
	"cancel_after_begin": func(conn *grpc.ClientConn, ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		stream, err := stub(conn).StreamingInputCall(ctx)
		must(err)
		cancel()
		_, err = stream.CloseAndRecv()
		equal("the code", status.Code(err), codes.Canceled)
	},
	"cancel_after_first_response": func(conn *grpc.ClientConn, ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		stream, err := stub(conn).FullDuplexCall(ctx)
		must(err)
		pingPong(stream, requestSizes[0], responseSizes[0])
		cancel()
		_, err = stream.Recv()
		equal("the code", status.Code(err), codes.Canceled)
	},
	"timeout_on_sleeping_server": func(conn *grpc.ClientConn, ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		stream, err := stub(conn).FullDuplexCall(ctx)
		if err == nil {
			// What ended the call is what Recv says, too.
			_ = stream.Send(&pb.StreamingOutputCallRequest{Payload: zeros(requestSizes[0])})
			_, err = stream.Recv()
		}
		equal("the code", status.Code(err), codes.DeadlineExceeded)
	},
	"custom_metadata": func(conn *grpc.ClientConn, ctx context.Context) {
		const initial, trailing = "test_initial_metadata_value", "\xab\xab\xab"
		ctx = metadata.AppendToOutgoingContext(ctx, echoInitial, initial, echoTrailing, trailing)
		cameBack := func(header, trailer metadata.MD) {
			equal(echoInitial, header.Get(echoInitial), []string{initial})
			equal(echoTrailing, trailer.Get(echoTrailing), []string{trailing})
		}
		var header, trailer metadata.MD
		response, err := stub(conn).UnaryCall(ctx, large(), grpc.Header(&header), grpc.Trailer(&trailer))
		must(err)
		isZeros(response.GetPayload(), largeResponse)
		cameBack(header, trailer)

		stream, err := stub(conn).FullDuplexCall(ctx)
		must(err)
		pingPong(stream, largeRequest, largeResponse)
		isOver(stream)
		header, err = stream.Header()
		must(err)
		cameBack(header, stream.Trailer())
	},
	"status_code_and_message": func(conn *grpc.ClientConn, ctx context.Context) {
		const message = "test status message"
		failsWith(conn, ctx, message)
		stream, err := stub(conn).FullDuplexCall(ctx)
		must(err)
		must(stream.Send(&pb.StreamingOutputCallRequest{ResponseStatus: unknown(message)}))
		must(stream.CloseSend())
		_, err = stream.Recv()
		equal("the status", status.Convert(err).Proto(), status.New(codes.Unknown, message).Proto())
	},
	"special_status_message": func(conn *grpc.ClientConn, ctx context.Context) {
		failsWith(conn, ctx, "\t\ntest with whitespace\r\nand Unicode BMP \u263a and non-BMP \U0001f608\t\n")
	},
	"unimplemented_method": func(conn *grpc.ClientConn, ctx context.Context) {
		_, err := stub(conn).UnimplementedCall(ctx, &pb.Empty{})
		equal("the code", status.Code(err), codes.Unimplemented)
	},
	"unimplemented_service": func(conn *grpc.ClientConn, ctx context.Context) {
		_, err := pb.NewUnimplementedServiceClient(conn).UnimplementedCall(ctx, &pb.Empty{})
		equal("the code", status.Code(err), codes.Unimplemented)
	},
}

func stub(conn *grpc.ClientConn) pb.TestServiceClient {
	return pb.NewTestServiceClient(conn)
}

func large() *pb.SimpleRequest {
	return &pb.SimpleRequest{ResponseSize: largeResponse, Payload: zeros(largeRequest)}
}

func pingPong(stream pb.TestService_FullDuplexCallClient, request int, response int32) {
	must(stream.Send(&pb.StreamingOutputCallRequest{
		ResponseParameters: []*pb.ResponseParameters{{Size: response}},
		Payload:            zeros(request),
	}))
	received, err := stream.Recv()
	must(err)
	isZeros(received.GetPayload(), response)
}

func isOver(stream pb.TestService_FullDuplexCallClient) {
	must(stream.CloseSend())
	_, err := stream.Recv()
	equal("the end", err, io.EOF)
}

func failsWith(conn *grpc.ClientConn, ctx context.Context, message string) {
	_, err := stub(conn).UnaryCall(ctx, &pb.SimpleRequest{ResponseStatus: unknown(message)})
	equal("the status", status.Convert(err).Proto(), status.New(codes.Unknown, message).Proto())
}

func unknown(message string) *pb.EchoStatus {
	return &pb.EchoStatus{Code: int32(codes.Unknown), Message: message}
}

func zeros(size int) *pb.Payload {
	return &pb.Payload{Body: make([]byte, size)}
}

func isZeros(payload *pb.Payload, size int32) {
	equal("the payload", payload.GetBody(), make([]byte, size))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func equal(what string, got, expected interface{}) {
	if !reflect.DeepEqual(got, expected) {
		log.Fatalf("%s: expected %.200v, got %.200v", what, expected, got)
	}
}

func connect() *grpc.ClientConn {
	security := grpc.WithInsecure()
	if *useTLS {
		tls, err := credentials.NewClientTLSFromFile(*caFile, *override)
		must(err)
		security = grpc.WithTransportCredentials(tls)
	}
	conn, err := grpc.Dial(fmt.Sprintf("%s:%d", *host, *port), security)
	must(err)
	return conn
}

func main() {
	flag.Parse()
	for _, name := range strings.Split(*names, ",") {
		body, known := cases[name]
		if !known {
			log.Fatalf("there is no case %q", name)
		}
		conn := connect()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		body(conn, ctx)
		cancel()
		must(conn.Close())
		fmt.Printf("%s: ok\n", name)
	}
}
