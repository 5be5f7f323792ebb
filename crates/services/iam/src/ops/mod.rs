//! The operations, and the way from an operation's name to its handler.

mod create_user;
mod get_user;

gatekey_gate::serve! {
    gatekey_model::iam::Operation;
    create_user::CreateUser,
    get_user::GetUser,
}
