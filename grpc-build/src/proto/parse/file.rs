use super::{Parser, Path, Result, index};
use crate::proto::{comment, descriptor::File, mistake::Mistake};

/// `FileDescriptorProto`
mod at {
    pub(super) const PACKAGE: i32 = 2;
    pub(super) const DEPENDENCY: i32 = 3;
    pub(super) const MESSAGE: i32 = 4;
    pub(super) const ENUM: i32 = 5;
    pub(super) const SERVICE: i32 = 6;
    pub(super) const EXTENSION: i32 = 7;
    pub(super) const OPTIONS: i32 = 8;
    pub(super) const PUBLIC: i32 = 10;
    pub(super) const WEAK: i32 = 11;
    pub(super) const SYNTAX: i32 = 12;
}

impl Parser<'_> {
    pub(super) fn file(&mut self) -> Result<File> {
        self.upcoming = comment::between(self.source, None, self.token());
        let mut file = File::default();
        self.at_path(Path::new(), |parser| {
            if parser.sees("syntax") {
                file.syntax = parser.within(&[at::SYNTAX], Self::syntax)?;
            }
            while !parser.is_at_end() {
                if !parser.take_end(";") {
                    parser.statement(&mut file)?;
                }
            }
            Ok(())
        })?;
        Ok(file)
    }

    /// Without one, it is proto2, which a descriptor does not say.
    fn syntax(&mut self) -> Result<String> {
        self.step();
        self.expect("=")?;
        let offset = self.offset();
        let syntax = self.string()?;
        self.is_proto3 = match syntax.as_str() {
            "proto3" => true,
            "proto2" => false,
            _ => {
                let text = format!("the syntax is 'proto2' or 'proto3', and not '{syntax}'");
                return Err(Mistake::new(offset, text));
            }
        };
        self.end(";")?;
        Ok(if self.is_proto3 { syntax } else { String::new() })
    }

    fn statement(&mut self, file: &mut File) -> Result<()> {
        match self.text() {
            "message" => {
                let path = [at::MESSAGE, index(&file.message_type)];
                file.message_type.push(self.within(&path, Self::message)?);
            }
            "enum" => {
                let path = [at::ENUM, index(&file.enum_type)];
                file.enum_type.push(self.within(&path, Self::enumeration)?);
            }
            "service" => {
                let path = [at::SERVICE, index(&file.service)];
                file.service.push(self.within(&path, Self::service)?);
            }
            "extend" => {
                let (extensions, messages) = (&mut file.extension, &mut file.message_type);
                let groups = self.below(&[at::MESSAGE]);
                self.within(&[at::EXTENSION], |parser| {
                    parser.extend(extensions, messages, &groups)
                })?;
            }
            "import" => self.import(file)?,
            "package" => {
                if !file.package.is_empty() {
                    return Err(Mistake::new(self.offset(), "a file has one package"));
                }
                file.package = self.within(&[at::PACKAGE], Self::package)?;
            }
            "option" => self.option_statement(at::OPTIONS, &mut file.options)?,
            "edition" => {
                return Err(Mistake::new(
                    self.offset(),
                    "editions are not supported by the .proto compiler: write `syntax = \"proto3\";` (or \"proto2\")",
                ));
            }
            _ => {
                return Err(self.expected(
                    "'import', 'package', 'option', 'message', 'enum', 'extend', 'service' or ';'",
                ));
            }
        }
        Ok(())
    }

    fn package(&mut self) -> Result<String> {
        self.step();
        let package = self.full_identifier()?;
        self.end(";")?;
        Ok(package)
    }

    fn import(&mut self, file: &mut File) -> Result<()> {
        let dependency = index(&file.dependency);
        let root = self.below(&[]);
        self.within(&[at::DEPENDENCY, dependency], |parser| {
            parser.step();
            for (word, field, list) in [
                ("public", at::PUBLIC, &mut file.public_dependency),
                ("weak", at::WEAK, &mut file.weak_dependency),
            ] {
                if parser.sees(word) {
                    let path = super::below(&root, &[field, index(list)]);
                    parser.step();
                    parser.locate(path, parser.at - 1, parser.at);
                    list.push(dependency);
                    break;
                }
            }
            file.dependency.push(parser.string()?);
            parser.end(";")
        })
    }
}
