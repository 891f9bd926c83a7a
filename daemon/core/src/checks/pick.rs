//! A few fields of a row as JSON. What predicates do not read is not even looked at, which for a hundred thousand
//! users is most of the work.

use serde::{
    Serialize, Serializer,
    ser::{Error as _, Impossible, SerializeMap, SerializeStruct},
};
use serde_json::{Error, Map, Value, value};

/// The named fields of a row, as Graph would give them; those that the row has not are left out.
///
/// # Errors
/// If the row is not written as an object, which no row is.
pub(super) fn pick<T: Serialize>(row: &T, fields: &[String]) -> Result<Value, Error> {
    row.serialize(Picker { fields })
}

struct Picker<'f> {
    fields: &'f [String],
}

struct Picked<'f> {
    fields: &'f [String],
    map: Map<String, Value>,
    /// The key whose value comes next, if it is wanted.
    key: Option<String>,
}

impl<'f> Picked<'f> {
    fn none(fields: &'f [String]) -> Self {
        Self { fields, map: Map::new(), key: None }
    }

    fn wants(&self, key: &str) -> bool {
        self.fields.iter().any(|field| field == key)
    }
}

impl SerializeStruct for Picked<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
        if self.wants(key) {
            self.map.insert(key.to_owned(), value.serialize(value::Serializer)?);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Object(self.map))
    }
}

/// Rows with a flattened part are written as maps.
impl SerializeMap for Picked<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = match key.serialize(value::Serializer)? {
            Value::String(key) if self.wants(&key) => Some(key),
            _ => None,
        };
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        if let Some(key) = self.key.take() {
            self.map.insert(key, value.serialize(value::Serializer)?);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(Value::Object(self.map))
    }
}

/// Every shape but an object, refused.
macro_rules! refuse {
    ($($name:ident($($argument:ty),*) -> $result:ty,)*) => {
        $(fn $name(self, $(_: $argument),*) -> Result<$result, Error> {
            Err(Error::custom("a row is an object"))
        })*
    };
}

type Never = Impossible<Value, Error>;

impl<'f> Serializer for Picker<'f> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Picked<'f>;
    type SerializeStruct = Picked<'f>;
    type SerializeStructVariant = Never;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Picked<'f>, Error> {
        Ok(Picked::none(self.fields))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Picked<'f>, Error> {
        Ok(Picked::none(self.fields))
    }

    refuse! {
        serialize_bool(bool) -> Value,
        serialize_i8(i8) -> Value,
        serialize_i16(i16) -> Value,
        serialize_i32(i32) -> Value,
        serialize_i64(i64) -> Value,
        serialize_u8(u8) -> Value,
        serialize_u16(u16) -> Value,
        serialize_u32(u32) -> Value,
        serialize_u64(u64) -> Value,
        serialize_f32(f32) -> Value,
        serialize_f64(f64) -> Value,
        serialize_char(char) -> Value,
        serialize_str(&str) -> Value,
        serialize_bytes(&[u8]) -> Value,
        serialize_none() -> Value,
        serialize_unit() -> Value,
        serialize_unit_struct(&'static str) -> Value,
        serialize_unit_variant(&'static str, u32, &'static str) -> Value,
        serialize_seq(Option<usize>) -> Never,
        serialize_tuple(usize) -> Never,
        serialize_tuple_struct(&'static str, usize) -> Never,
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never,
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never,
    }

    fn serialize_some<T: Serialize + ?Sized>(self, _: &T) -> Result<Value, Error> {
        Err(Error::custom("a row is an object"))
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, _: &T) -> Result<Value, Error> {
        Err(Error::custom("a row is an object"))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Value, Error> {
        Err(Error::custom("a row is an object"))
    }
}
