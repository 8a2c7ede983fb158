use super::{Parser, Result, index};
use crate::proto::descriptor::{Method, Service};

/// `ServiceDescriptorProto` and `MethodDescriptorProto`
mod at {
    pub(super) const NAME: i32 = 1;
    pub(super) const METHOD: i32 = 2;
    pub(super) const OPTIONS: i32 = 3;
    pub(super) const INPUT: i32 = 2;
    pub(super) const OUTPUT: i32 = 3;
    pub(super) const METHOD_OPTIONS: i32 = 4;
    pub(super) const CLIENT_STREAMING: i32 = 5;
    pub(super) const SERVER_STREAMING: i32 = 6;
}

impl Parser<'_> {
    pub(super) fn service(&mut self) -> Result<Service> {
        self.step();
        let mut service = Service {
            name: self.within(&[at::NAME], Self::identifier)?,
            ..Service::default()
        };
        self.body(|parser| match parser.text() {
            "option" => parser.option_statement(at::OPTIONS, &mut service.options),
            "rpc" => {
                let path = [at::METHOD, index(&service.method)];
                service.method.push(parser.within(&path, Self::method)?);
                Ok(())
            }
            _ => Err(parser.expected("'rpc', 'option' or '}'")),
        })?;
        Ok(service)
    }

    fn method(&mut self) -> Result<Method> {
        self.step();
        let mut method = Method {
            name: self.within(&[at::NAME], Self::identifier)?,
            ..Method::default()
        };
        (method.client_streaming, method.input_type) = self.message_type(at::CLIENT_STREAMING, at::INPUT)?;
        self.expect("returns")?;
        (method.server_streaming, method.output_type) =
            self.message_type(at::SERVER_STREAMING, at::OUTPUT)?;
        if self.sees("{") {
            // As protoc has it, there are options with these braces, though they may be empty.
            method.options.encoded = Some(Vec::new());
            self.body(|parser| {
                if parser.sees("option") {
                    parser.option_statement(at::METHOD_OPTIONS, &mut method.options)
                } else {
                    Err(parser.expected("'option' or '}'"))
                }
            })?;
        } else {
            self.end(";")?;
        }
        Ok(method)
    }

    /// A message in parentheses, and whether it is a stream of them.
    fn message_type(&mut self, stream: i32, name: i32) -> Result<(bool, String)> {
        self.expect("(")?;
        let is_stream = self.sees("stream");
        if is_stream {
            self.within(&[stream], |parser| {
                parser.step();
                Ok(())
            })?;
        }
        let name = self.within(&[name], Self::type_name)?;
        self.expect(")")?;
        Ok((is_stream, name))
    }
}
