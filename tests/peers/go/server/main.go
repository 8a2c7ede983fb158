// The server of gRPC's interoperability tests on grpc-go.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net"

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
)

var (
	port     = flag.Int("port", 0, "the port to serve on")
	useTLS   = flag.Bool("use_tls", false, "serve TLS")
	certFile = flag.String("cert_file", "server1.pem", "the certificate, in PEM")
	keyFile  = flag.String("key_file", "server1.key", "its key, in PEM")
)

// Methods that are left out are UNIMPLEMENTED.
type testService struct {
	pb.UnimplementedTestServiceServer
}

func (*testService) EmptyCall(ctx context.Context, _ *pb.Empty) (*pb.Empty, error) {
	initial, trailing := echoed(ctx)
	grpc.SetHeader(ctx, initial)
	grpc.SetTrailer(ctx, trailing)
	return &pb.Empty{}, nil
}

func (*testService) UnaryCall(ctx context.Context, request *pb.SimpleRequest) (*pb.SimpleResponse, error) {
	initial, trailing := echoed(ctx)
	grpc.SetHeader(ctx, initial)
	grpc.SetTrailer(ctx, trailing)
	if err := askedFor(request.GetResponseStatus()); err != nil {
		return nil, err
	}
	return &pb.SimpleResponse{Payload: zeros(request.GetResponseSize())}, nil
}

func (*testService) StreamingOutputCall(request *pb.StreamingOutputCallRequest, stream pb.TestService_StreamingOutputCallServer) error {
	echo(stream)
	return respond(request, stream.Send)
}

func (*testService) StreamingInputCall(stream pb.TestService_StreamingInputCallServer) error {
	echo(stream)
	size := 0
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return stream.SendAndClose(&pb.StreamingInputCallResponse{AggregatedPayloadSize: int32(size)})
		}
		if err != nil {
			return err
		}
		size += len(request.GetPayload().GetBody())
	}
}

func (*testService) FullDuplexCall(stream pb.TestService_FullDuplexCallServer) error {
	echo(stream)
	for {
		request, err := stream.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := respond(request, stream.Send); err != nil {
			return err
		}
	}
}

func respond(request *pb.StreamingOutputCallRequest, send func(*pb.StreamingOutputCallResponse) error) error {
	if err := askedFor(request.GetResponseStatus()); err != nil {
		return err
	}
	for _, parameters := range request.GetResponseParameters() {
		if err := send(&pb.StreamingOutputCallResponse{Payload: zeros(parameters.GetSize())}); err != nil {
			return err
		}
	}
	return nil
}

func echo(stream grpc.ServerStream) {
	initial, trailing := echoed(stream.Context())
	stream.SetHeader(initial)
	stream.SetTrailer(trailing)
}

func echoed(ctx context.Context) (initial, trailing metadata.MD) {
	received, _ := metadata.FromIncomingContext(ctx)
	initial, trailing = metadata.MD{}, metadata.MD{}
	initial.Append(echoInitial, received.Get(echoInitial)...)
	trailing.Append(echoTrailing, received.Get(echoTrailing)...)
	return initial, trailing
}

func askedFor(asked *pb.EchoStatus) error {
	return status.Error(codes.Code(asked.GetCode()), asked.GetMessage())
}

func zeros(size int32) *pb.Payload {
	return &pb.Payload{Body: make([]byte, size)}
}

func main() {
	flag.Parse()
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	var options []grpc.ServerOption
	if *useTLS {
		tls, err := credentials.NewServerTLSFromFile(*certFile, *keyFile)
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, grpc.Creds(tls))
	}
	server := grpc.NewServer(options...)
	pb.RegisterTestServiceServer(server, &testService{})
	log.Fatal(server.Serve(listener))
}
