struct Guide;

fn main() {
    grpc::server().add_service(Guide);
}
