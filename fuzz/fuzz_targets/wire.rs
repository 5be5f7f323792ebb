//! Any bytes at all as the body, form or REST request of any operation. What is understood is understood alike when it
//! is written and read once more, JSON is read in one pass as it is by way of a tree, and no error repeats more than a
//! bounded part of what came.
#![no_main]

use gatekey_model::{Call, Visit, kms, sample_query, sample_rest};
use gatekey_wire::{WireError, json, query, rest};
use libfuzzer_sys::fuzz_target;

struct Json<'a>(&'a [u8]);

impl<Operation> Visit<Operation> for Json<'_> {
    type Output = Result<(), WireError>;
    fn visit<C: Call<Operation = Operation>>(self) -> Self::Output {
        let read = json::decode::<C::Input>(self.0, C::INFO.input).and_then(|input| json::encode(&input));
        let with_care = json::decode_with_care::<C::Input>(self.0, C::INFO.input);
        assert_eq!(read, with_care.and_then(|input| json::encode(&input)));
        let again = read?;
        let second: C::Input = json::decode(&again, C::INFO.input)?;
        assert_eq!(again, json::encode(&second)?);
        Ok(())
    }
}

struct Form<'a>(&'a query::Form);

impl<Operation> Visit<Operation> for Form<'_> {
    type Output = Result<(), WireError>;
    fn visit<C: Call<Operation = Operation>>(self) -> Self::Output {
        self.0.decode::<C::Input>(C::INFO.input).map(|_| ())
    }
}

struct Rest<'a>(&'a rest::Request<'a>);

impl<Operation> Visit<Operation> for Rest<'_> {
    type Output = Result<(), WireError>;
    fn visit<C: Call<Operation = Operation>>(self) -> Self::Output {
        rest::decode::<C::Input>(C::INFO, &[], self.0).map(|_| ())
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((chosen, body)) = data.split_first() else { return };
    let pick = |count: usize| usize::from(*chosen) % count;
    let text = std::str::from_utf8(body).unwrap_or_default();
    let (path, query) = text.split_once('?').unwrap_or((text, ""));
    let request = rest::Request { method: "POST", path, query, headers: &[], body };
    let outcomes = [
        kms::Operation::ALL[pick(kms::Operation::ALL.len())].visit(Json(body)),
        query::Form::parse(body).and_then(|form| {
            sample_query::Operation::ALL[pick(sample_query::Operation::ALL.len())].visit(Form(&form))
        }),
        sample_rest::Operation::ALL[pick(sample_rest::Operation::ALL.len())].visit(Rest(&request)),
    ];
    let _ = rest::route(sample_rest::Operation::ALL.iter().map(|operation| operation.info()), "POST", path);
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert!(error.to_string().len() < 1024 * 1024);
    }
});
