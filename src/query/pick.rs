//! A serializer that writes nothing: it goes to the values that are looked at and passes by all others.

use super::check::Seen;
use super::eval::Eval;
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use std::fmt;

/// What stands at a place of a record.
pub(super) struct Picker<'a, 'q> {
    at: usize,
    eval: &'a mut Eval<'q>,
}

impl<'a, 'q> Picker<'a, 'q> {
    pub(super) fn at(at: usize, eval: &'a mut Eval<'q>) -> Self {
        Picker { at, eval }
    }

    fn value(self, value: Seen<'_>) -> Result<(), fmt::Error> {
        self.eval.value(self.at, value);
        Ok(())
    }

    fn number(self, value: f64) -> Result<(), fmt::Error> {
        self.value(Seen::Number(value))
    }

    /// An object: it is there, and its keys follow.
    fn object(self) -> Inside<'a, 'q> {
        let eval = self.eval;
        eval.value(self.at, Seen::Thing);
        Inside {
            at: self.at,
            eval,
            key: None,
        }
    }

    fn list(self) -> Inside<'a, 'q> {
        Inside {
            at: self.at,
            eval: self.eval,
            key: None,
        }
    }
}

/// Within an object or a list.
pub(super) struct Inside<'a, 'q> {
    at: usize,
    eval: &'a mut Eval<'q>,
    /// Where the value behind a key of a map is looked at.
    key: Option<usize>,
}

impl Inside<'_, '_> {
    fn place(&self, key: &str) -> Option<usize> {
        let node = self.eval.plan().nodes.get(self.at)?;
        let found = node.keys.iter().find(|(k, _)| k == key);
        found.map(|(_, at)| *at)
    }

    fn field<T: Serialize + ?Sized>(&mut self, key: &str, value: &T) -> Result<(), fmt::Error> {
        match self.place(key) {
            Some(at) => value.serialize(Picker::at(at, self.eval)),
            None => Ok(()),
        }
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
        value.serialize(Picker::at(self.at, self.eval))
    }
}

/// Whole numbers are compared as numbers with 53 bits: the report has none that are larger.
macro_rules! numbers {
    ($($method:ident $kind:ty,)+) => {
        $(fn $method(self, v: $kind) -> Result<(), fmt::Error> {
            self.number(v as f64)
        })+
    };
}

impl<'a, 'q> Serializer for Picker<'a, 'q> {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Inside<'a, 'q>;
    type SerializeTuple = Inside<'a, 'q>;
    type SerializeTupleStruct = Inside<'a, 'q>;
    type SerializeTupleVariant = Inside<'a, 'q>;
    type SerializeMap = Inside<'a, 'q>;
    type SerializeStruct = Inside<'a, 'q>;
    type SerializeStructVariant = Inside<'a, 'q>;

    numbers! {
        serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
        serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64,
        serialize_f32 f32, serialize_f64 f64,
    }

    fn serialize_bool(self, v: bool) -> Result<(), fmt::Error> {
        self.value(Seen::Flag(v))
    }

    fn serialize_char(self, v: char) -> Result<(), fmt::Error> {
        self.serialize_str(v.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, v: &str) -> Result<(), fmt::Error> {
        self.value(Seen::Text(v))
    }

    fn serialize_bytes(self, _: &[u8]) -> Result<(), fmt::Error> {
        self.value(Seen::Thing)
    }

    fn serialize_none(self) -> Result<(), fmt::Error> {
        self.eval.null(self.at);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), fmt::Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), fmt::Error> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), fmt::Error> {
        self.serialize_none()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), fmt::Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), fmt::Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), fmt::Error> {
        self.object().field(variant, value)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, fmt::Error> {
        Ok(self.list())
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, fmt::Error> {
        Ok(self.list())
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, fmt::Error> {
        Ok(self.list())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, fmt::Error> {
        Ok(self.list())
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, fmt::Error> {
        Ok(self.object())
    }

    fn serialize_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStruct, fmt::Error> {
        Ok(self.object())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, fmt::Error> {
        Ok(self.object())
    }
}

macro_rules! lists {
    ($($list:ident $method:ident,)+) => {
        $(impl $list for Inside<'_, '_> {
            type Ok = ();
            type Error = fmt::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
                self.element(value)
            }

            fn end(self) -> Result<(), fmt::Error> {
                Ok(())
            }
        })+
    };
}

lists! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

macro_rules! objects {
    ($($object:ident,)+) => {
        $(impl $object for Inside<'_, '_> {
            type Ok = ();
            type Error = fmt::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), fmt::Error> {
                self.field(key, value)
            }

            fn end(self) -> Result<(), fmt::Error> {
                Ok(())
            }
        })+
    };
}

objects! {
    SerializeStruct,
    SerializeStructVariant,
}

impl SerializeMap for Inside<'_, '_> {
    type Ok = ();
    type Error = fmt::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), fmt::Error> {
        let key = serde_json::to_value(key).map_err(|_| fmt::Error)?;
        self.key = key.as_str().and_then(|key| self.place(key));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), fmt::Error> {
        match self.key.take() {
            Some(at) => value.serialize(Picker::at(at, self.eval)),
            None => Ok(()),
        }
    }

    fn end(self) -> Result<(), fmt::Error> {
        Ok(())
    }
}
