use std::sync::OnceLock;

use prost::Message as _;

use super::{super::MessageType, Files};
use crate::{Error, proto_text};

/// The `.proto` of a message, an enum, or a service that its code declares: the file that it is in, with all in it that `T`
/// needs, in one canonical form.
///
/// # Panics
/// If no `.proto` can say what the types say: two of them have one name, files import each other in a circle, or a service has
/// messages without a descriptor. The message names all of them.
#[must_use]
#[track_caller]
pub fn proto_of<T: Described>() -> String {
    match texts::<T>() {
        Ok(files) => files.into_iter().next().unwrap_or_default().text,
        Err(error) => panic!("no .proto of {}: {error}", std::any::type_name::<T>()),
    }
}

/// The file of [`proto_of`], and the files of other packages that it imports and that their code declares. What exists as a
/// `.proto` already is not among them.
///
/// # Panics
/// As [`proto_of`].
#[must_use]
#[track_caller]
pub fn proto_files_of<T: Described>() -> Vec<ProtoFile> {
    match texts::<T>() {
        Ok(files) => files,
        Err(error) => panic!("no .proto of {}: {error}", std::any::type_name::<T>()),
    }
}

/// A `.proto` that code declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProtoFile {
    /// As others import it: `tally/v1/tally.proto`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

fn texts<T: Described>() -> Result<Vec<ProtoFile>, Error> {
    let files = Files::of::<T>().map_err(Error::new)?;
    let texts = files.written().map(|file| {
        Ok(ProtoFile {
            path: file.name().to_owned(),
            text: proto_text::print(file)?,
        })
    });
    texts.collect()
}

/// What has a descriptor: messages that derive `grpc::Message`, enums that derive `grpc::Enum`, and services that their
/// code declares, by their contract (`Tally`), their stub (`TallyStub`) or, where it has the service's name, their own
/// type.
///
/// A tuple of them is their files together: two services of one package are in one file.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no descriptor",
    label = "no `.proto` can be written of this",
    note = "messages derive `grpc::Message` and enums `grpc::Enum`; a service is known by the name that \
            `#[grpc::service(package = …, name = …)]` gives it"
)]
pub trait Described: 'static {
    /// Adds it, and all that it needs.
    #[doc(hidden)]
    fn describe(files: &mut Files);
}

#[diagnostic::do_not_recommend]
impl<M: MessageType> Described for M {
    fn describe(files: &mut Files) {
        M::register(files);
    }
}

macro_rules! tuples {
    ($($($name:ident)+;)+) => {
        $(
            #[diagnostic::do_not_recommend]
            impl<$($name: Described),+> Described for ($($name,)+) {
                fn describe(files: &mut Files) {
                    $($name::describe(files);)+
                }
            }
        )+
    };
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}

/// The descriptor of a service, made when it is first asked for.
#[derive(Debug)]
pub struct Encoded(OnceLock<Vec<u8>>);

impl Encoded {
    /// Not made yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// The encoded `FileDescriptorSet`; empty if not all that the service needs has a descriptor.
    pub fn of<T: Described>(&self) -> &[u8] {
        self.0.get_or_init(|| match Files::of::<T>() {
            Ok(files) => files.set().encode_to_vec(),
            Err(problems) => {
                tracing::debug!("no descriptor: {problems}");
                Vec::new()
            }
        })
    }
}

impl Default for Encoded {
    fn default() -> Self {
        Self::new()
    }
}
