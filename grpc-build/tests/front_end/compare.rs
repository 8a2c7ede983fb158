//! Descriptor sets, one beside the other.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use protox::prost_reflect::prost_types::{
    FileDescriptorProto, FileDescriptorSet, source_code_info::Location,
};
use protox::{
    prost::Message as _,
    prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor},
};

pub(crate) fn ours(includes: &[PathBuf], file: &Path) -> Result<Vec<u8>, String> {
    ours_of(includes, &[file])
}

pub(crate) fn ours_of(includes: &[PathBuf], files: &[impl AsRef<Path>]) -> Result<Vec<u8>, String> {
    let found = grpc_build::descriptors("/", includes, files);
    found.map(|found| found.set).map_err(|error| error.to_string())
}

/// What a set's options are made of, if they are extensions.
pub(crate) fn schema(set: &[u8]) -> MessageDescriptor {
    let mut pool = DescriptorPool::new();
    pool.decode_file_descriptor_set(set).unwrap();
    if pool
        .get_file_by_name("google/protobuf/descriptor.proto")
        .is_none()
    {
        pool = DescriptorPool::global();
        pool.decode_file_descriptor_set(set).unwrap();
    }
    pool.get_message_by_name("google.protobuf.FileDescriptorSet")
        .unwrap()
}

/// Files by their names, with what their options are set to, but without positions.
pub(crate) fn files(schema: &MessageDescriptor, set: &[u8]) -> BTreeMap<String, DynamicMessage> {
    let decoded = DynamicMessage::decode(schema.clone(), set).unwrap();
    let files = decoded.get_field_by_name("file").unwrap();
    let files = files.as_list().unwrap().iter().map(|file| {
        let mut file = file.as_message().unwrap().clone();
        file.clear_field_by_name("source_code_info");
        let name = file
            .get_field_by_name("name")
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned();
        (name, file)
    });
    files.collect()
}

/// Says where they differ, and not what all they are.
pub(crate) fn assert_same(ours: &DynamicMessage, theirs: &DynamicMessage, name: &str) {
    if ours == theirs {
        return;
    }
    let [ours, theirs] = [ours, theirs].map(|file| format!("{file:#}"));
    let mut lines = ours.lines().zip(theirs.lines());
    panic!("{name}: {:?}", lines.find(|(ours, theirs)| ours != theirs));
}

/// Where everything in the file of this name is, and its comments.
pub(crate) fn locations(set: &[u8], file: &str) -> Vec<Location> {
    let set = FileDescriptorSet::decode(set).unwrap();
    let mut files = set.file.into_iter();
    let file: FileDescriptorProto = files.find(|found| found.name() == file).unwrap();
    file.source_code_info.unwrap().location
}
