use super::Comment;

/// An enum's descriptor in the making.
#[derive(Debug, Default)]
pub struct EnumBuilder {
    pub(super) proto: prost_types::EnumDescriptorProto,
    /// By the path inside of the enum.
    pub(super) comments: Vec<(Vec<i32>, String)>,
}

impl EnumBuilder {
    /// What its doc comment says.
    pub fn docs(&mut self, docs: &str) {
        self.comments.push((Vec::new(), docs.to_owned()));
    }

    /// Nobody should use it any more.
    pub fn deprecated(&mut self) {
        self.proto.options.get_or_insert_default().deprecated = Some(true);
    }

    /// Several of its values have one number.
    pub fn allow_alias(&mut self) {
        self.proto.options.get_or_insert_default().allow_alias = Some(true);
    }

    /// Adds a value.
    pub fn value(&mut self, name: &str, number: i32, comment: Comment) {
        // `EnumDescriptorProto.value`
        let path = vec![2, self.proto.value.len() as i32];
        self.comments.push((path, comment.docs.to_owned()));
        let options = comment.deprecated.then(|| prost_types::EnumValueOptions {
            deprecated: Some(true),
            ..Default::default()
        });
        self.proto.value.push(prost_types::EnumValueDescriptorProto {
            name: Some(name.to_owned()),
            number: Some(number),
            options,
        });
    }

    /// Numbers that are not to be used, both ends included.
    pub fn reserve(&mut self, start: i32, end: i32) {
        let range = prost_types::enum_descriptor_proto::EnumReservedRange {
            start: Some(start),
            end: Some(end),
        };
        self.proto.reserved_range.push(range);
    }

    /// A name that is not to be used.
    pub fn reserve_name(&mut self, name: &str) {
        self.proto.reserved_name.push(name.to_owned());
    }
}
