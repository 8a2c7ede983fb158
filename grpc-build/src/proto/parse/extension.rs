use super::{Parser, Path, Result, field, index};
use crate::proto::{
    descriptor::{Field, Message, label},
    mistake::Mistake,
};

impl Parser<'_> {
    /// Extensions of a message. Groups are added to `messages`, which are at `groups`.
    pub(super) fn extend(
        &mut self,
        extensions: &mut Vec<Field>,
        messages: &mut Vec<Message>,
        groups: &Path,
    ) -> Result<()> {
        self.step();
        let first = self.at;
        let extendee = self.type_name()?;
        let last = self.at;
        self.body(|parser| {
            let path = [index(extensions)];
            let offset = parser.offset();
            if parser.sees("map") && parser.next_is("<") {
                return Err(Mistake::new(offset, "an extension cannot be a map"));
            }
            let mut field = parser.within(&path, |parser| {
                let path = parser.below(&[field::at::EXTENDEE]);
                parser.locate(path, first, last);
                parser.field(messages, groups)
            })?;
            if field.label == label::REQUIRED {
                return Err(Mistake::new(offset, "an extension cannot be required"));
            }
            field.extendee.clone_from(&extendee);
            extensions.push(field);
            Ok(())
        })
    }
}
