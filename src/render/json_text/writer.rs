//! A serializer that writes JSON as `serde_json` does, byte for byte, several times as fast: the names of fields need no
//! escaping, and most strings have nothing to escape.

use super::Failed;
use super::string::{is_plain, write_escaped};
use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::Value;
use serde_json::ser::{CompactFormatter, Formatter};
use std::fmt::Display;
use std::io::{self, Write};

/// A new line and the blanks of the deepest level that is written at once.
const INDENT: &[u8; 32] = b"\n                               ";

/// The text so far, and where it goes.
pub(super) struct Writer<'w> {
    text: Vec<u8>,
    /// Octets from which on they are handed on.
    full: usize,
    to: &'w mut dyn Write,
    indented: bool,
    depth: usize,
}

impl<'w> Writer<'w> {
    /// Gathers about `full` octets for one write.
    pub(super) fn new(to: &'w mut dyn Write, indented: bool, full: usize) -> Self {
        Writer {
            // A little more, so that the last value before it is full does not make it grow.
            text: Vec::with_capacity(full + full / 2),
            full,
            to,
            indented,
            depth: 0,
        }
    }

    /// Hands on what is left, and `end`.
    pub(super) fn finish(mut self, end: &[u8]) -> io::Result<()> {
        self.text.extend_from_slice(end);
        self.spill()
    }

    #[cold]
    fn spill(&mut self) -> io::Result<()> {
        let written = self.to.write_all(&self.text);
        self.text.clear();
        written
    }

    #[inline]
    fn new_line(&mut self) {
        if !self.indented {
            return;
        }
        let blanks = 2 * self.depth;
        let len = self.text.len();
        self.text.extend_from_slice(INDENT);
        match blanks < INDENT.len() {
            true => self.text.truncate(len + 1 + blanks),
            false => self.text.resize(len + 1 + blanks, b' '),
        }
    }

    /// Before a value of an array, or a key of an object.
    #[inline]
    fn begin_entry(&mut self, is_first: bool) -> io::Result<()> {
        if self.text.len() >= self.full {
            self.spill()?;
        }
        if !is_first {
            self.text.push(b',');
        }
        self.new_line();
        Ok(())
    }

    /// A key that has nothing to escape.
    #[inline]
    fn name(&mut self, name: &str) {
        self.text.push(b'"');
        self.text.extend_from_slice(name.as_bytes());
        match self.indented {
            true => self.text.extend_from_slice(b"\": "),
            false => self.text.extend_from_slice(b"\":"),
        }
    }

    fn key(&mut self, key: &str) -> io::Result<()> {
        self.string(key)?;
        self.text.push(b':');
        if self.indented {
            self.text.push(b' ');
        }
        Ok(())
    }

    #[inline]
    fn string(&mut self, s: &str) -> io::Result<()> {
        if !is_plain(s.as_bytes()) {
            return write_escaped(s, &mut self.text);
        }
        self.text.push(b'"');
        self.text.extend_from_slice(s.as_bytes());
        self.text.push(b'"');
        Ok(())
    }

    fn begin<'a>(&'a mut self, open: u8, close: u8) -> Entries<'a, 'w> {
        self.text.push(open);
        self.depth += 1;
        Entries {
            writer: self,
            is_first: true,
            close,
            in_variant: false,
        }
    }

    /// `{"Variant": …`
    fn begin_variant(&mut self, variant: &str) -> io::Result<()> {
        self.text.push(b'{');
        self.depth += 1;
        self.begin_entry(true)?;
        self.key(variant)
    }

    fn end(&mut self, is_empty: bool, close: u8) {
        self.depth -= 1;
        if !is_empty {
            self.new_line();
        }
        self.text.push(close);
    }
}

/// The entries of an array or object that is being written.
pub(super) struct Entries<'a, 'w> {
    writer: &'a mut Writer<'w>,
    is_first: bool,
    close: u8,
    /// It stands in an object of its own, under the name of its variant.
    in_variant: bool,
}

impl Entries<'_, '_> {
    #[inline]
    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Failed> {
        self.writer.begin_entry(self.is_first)?;
        self.is_first = false;
        value.serialize(&mut *self.writer)
    }

    #[inline]
    fn field(
        &mut self,
        name: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), Failed> {
        self.writer.begin_entry(self.is_first)?;
        self.is_first = false;
        self.writer.name(name);
        value.serialize(&mut *self.writer)
    }

    fn close(self) -> Result<(), Failed> {
        self.writer.end(self.is_first, self.close);
        if self.in_variant {
            self.writer.end(false, b'}');
        }
        Ok(())
    }
}

/// A number, by the same functions as `serde_json`.
macro_rules! numbers {
    ($($name:ident $write:ident $kind:ty;)+) => {$(
        #[inline]
        fn $name(self, value: $kind) -> Result<(), Failed> {
            Ok(CompactFormatter.$write(&mut self.text, value)?)
        }
    )+};
}

impl<'a, 'w> Serializer for &'a mut Writer<'w> {
    type Ok = ();
    type Error = Failed;
    type SerializeSeq = Entries<'a, 'w>;
    type SerializeTuple = Entries<'a, 'w>;
    type SerializeTupleStruct = Entries<'a, 'w>;
    type SerializeTupleVariant = Entries<'a, 'w>;
    type SerializeMap = Entries<'a, 'w>;
    type SerializeStruct = Entries<'a, 'w>;
    type SerializeStructVariant = Entries<'a, 'w>;

    numbers! {
        serialize_i8 write_i8 i8;
        serialize_i16 write_i16 i16;
        serialize_i32 write_i32 i32;
        serialize_i64 write_i64 i64;
        serialize_i128 write_i128 i128;
        serialize_u8 write_u8 u8;
        serialize_u16 write_u16 u16;
        serialize_u32 write_u32 u32;
        serialize_u64 write_u64 u64;
        serialize_u128 write_u128 u128;
    }

    fn serialize_f32(self, value: f32) -> Result<(), Failed> {
        match value.is_finite() {
            true => Ok(CompactFormatter.write_f32(&mut self.text, value)?),
            false => self.serialize_unit(),
        }
    }

    fn serialize_f64(self, value: f64) -> Result<(), Failed> {
        match value.is_finite() {
            true => Ok(CompactFormatter.write_f64(&mut self.text, value)?),
            false => self.serialize_unit(),
        }
    }

    #[inline]
    fn serialize_bool(self, value: bool) -> Result<(), Failed> {
        match value {
            true => self.text.extend_from_slice(b"true"),
            false => self.text.extend_from_slice(b"false"),
        }
        Ok(())
    }

    fn serialize_char(self, value: char) -> Result<(), Failed> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    #[inline]
    fn serialize_str(self, value: &str) -> Result<(), Failed> {
        Ok(self.string(value)?)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Failed> {
        self.collect_seq(value)
    }

    #[inline]
    fn serialize_none(self) -> Result<(), Failed> {
        self.serialize_unit()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failed> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<(), Failed> {
        self.text.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Failed> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Failed> {
        self.serialize_str(variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.begin_variant(variant)?;
        value.serialize(&mut *self)?;
        self.end(false, b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Entries<'a, 'w>, Failed> {
        Ok(self.begin(b'[', b']'))
    }

    fn serialize_tuple(self, _: usize) -> Result<Entries<'a, 'w>, Failed> {
        Ok(self.begin(b'[', b']'))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Entries<'a, 'w>, Failed> {
        Ok(self.begin(b'[', b']'))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries<'a, 'w>, Failed> {
        self.begin_variant(variant)?;
        let entries = self.begin(b'[', b']');
        Ok(Entries {
            in_variant: true,
            ..entries
        })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Entries<'a, 'w>, Failed> {
        Ok(self.begin(b'{', b'}'))
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Entries<'a, 'w>, Failed> {
        Ok(self.begin(b'{', b'}'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Entries<'a, 'w>, Failed> {
        self.begin_variant(variant)?;
        let entries = self.begin(b'{', b'}');
        Ok(Entries {
            in_variant: true,
            ..entries
        })
    }

    /// Where nothing is to be escaped, which is seen when it is written, there is no text of its own.
    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), Failed> {
        self.text.push(b'"');
        let begin = self.text.len();
        write!(self.text, "{value}")?;
        let written = self.text.get(begin..).unwrap_or_default();
        if is_plain(written) {
            self.text.push(b'"');
            return Ok(());
        }
        let written = String::from_utf8_lossy(written).into_owned();
        self.text.truncate(begin - 1);
        self.serialize_str(&written)
    }
}

impl SerializeSeq for Entries<'_, '_> {
    type Ok = ();
    type Error = Failed;
    #[inline]
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.element(value)
    }
    fn end(self) -> Result<(), Failed> {
        self.close()
    }
}

impl SerializeTuple for Entries<'_, '_> {
    type Ok = ();
    type Error = Failed;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.element(value)
    }
    fn end(self) -> Result<(), Failed> {
        self.close()
    }
}

impl SerializeTupleStruct for Entries<'_, '_> {
    type Ok = ();
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.element(value)
    }
    fn end(self) -> Result<(), Failed> {
        self.close()
    }
}

impl SerializeTupleVariant for Entries<'_, '_> {
    type Ok = ();
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        self.element(value)
    }
    fn end(self) -> Result<(), Failed> {
        self.close()
    }
}

impl SerializeMap for Entries<'_, '_> {
    type Ok = ();
    type Error = Failed;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Failed> {
        // Maps are few: their keys may take the long way.
        let key = match serde_json::to_value(key).map_err(io::Error::from)? {
            Value::String(text) => text,
            key @ (Value::Number(_) | Value::Bool(_)) => key.to_string(),
            _ => return Err(Failed::custom("a key must be a string")),
        };
        self.writer.begin_entry(self.is_first)?;
        self.is_first = false;
        Ok(self.writer.key(&key)?)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failed> {
        value.serialize(&mut *self.writer)
    }
    fn end(self) -> Result<(), Failed> {
        self.close()
    }
}

impl SerializeStruct for Entries<'_, '_> {
    type Ok = ();
    type Error = Failed;
    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.field(name, value)
    }
    fn end(self) -> Result<(), Failed> {
        self.close()
    }
}

impl SerializeStructVariant for Entries<'_, '_> {
    type Ok = ();
    type Error = Failed;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Failed> {
        self.field(name, value)
    }
    fn end(self) -> Result<(), Failed> {
        self.close()
    }
}
