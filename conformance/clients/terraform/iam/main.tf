# Every aws_iam_* resource and data source that the provider is known to call for. Stage 2 changes what can be changed.

data "aws_caller_identity" "me" {}

locals {
  first   = var.stage == 1
  trust   = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
  allow_list = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "kms:ListKeys", Resource = "*" }] })
  allow_more = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = local.first ? ["kms:ListKeys"] : ["kms:ListAliases", "kms:ListKeys"], Resource = "*" }]
  })
}

resource "aws_iam_account_alias" "it" {
  account_alias = local.first ? "gatekey-tf-one" : "gatekey-tf-two"
}

data "aws_iam_account_alias" "it" {
  depends_on = [aws_iam_account_alias.it]
}

resource "aws_iam_account_password_policy" "it" {
  minimum_password_length        = local.first ? 12 : 16
  require_lowercase_characters   = true
  require_numbers                = true
  require_uppercase_characters   = true
  require_symbols                = true
  allow_users_to_change_password = true
  max_password_age               = local.first ? 0 : 90
  password_reuse_prevention      = 3
}

resource "aws_iam_user" "alice" {
  name                 = "tf-alice"
  path                 = local.first ? "/people/" : "/staff/"
  permissions_boundary = local.first ? aws_iam_policy.managed.arn : null
  tags                 = local.first ? { team = "red" } : { team = "blue", stage = "two" }
}

resource "aws_iam_user" "bob" {
  name          = local.first ? "tf-bob" : "tf-robert"
  force_destroy = true
}

resource "aws_iam_group" "devs" {
  name = "tf-devs"
  path = local.first ? "/" : "/teams/"
}

resource "aws_iam_group" "ops" {
  name = "tf-ops"
}

resource "aws_iam_group_membership" "devs" {
  name  = "devs"
  group = aws_iam_group.devs.name
  users = local.first ? [aws_iam_user.alice.name] : [aws_iam_user.alice.name, aws_iam_user.bob.name]
}

resource "aws_iam_user_group_membership" "bob" {
  user   = aws_iam_user.bob.name
  groups = [aws_iam_group.ops.name]
}

resource "aws_iam_group_policy" "devs" {
  name   = "inline"
  group  = aws_iam_group.devs.name
  policy = local.allow_more
}

resource "aws_iam_group_policy_attachment" "devs" {
  group      = aws_iam_group.devs.name
  policy_arn = aws_iam_policy.managed.arn
}

resource "aws_iam_policy" "managed" {
  name        = "tf-managed"
  path        = "/"
  description = "made by terraform"
  policy      = local.allow_more
  tags        = local.first ? { a = "1" } : { a = "2" }
}

resource "aws_iam_policy" "spread" {
  name   = "tf-spread"
  policy = local.allow_list
}

resource "aws_iam_policy_attachment" "spread" {
  name       = "spread"
  policy_arn = aws_iam_policy.spread.arn
  users      = [aws_iam_user.alice.name]
  groups     = local.first ? [] : [aws_iam_group.ops.name]
  roles      = [aws_iam_role.app.name]
}

resource "aws_iam_user_policy" "alice" {
  name   = "inline"
  user   = aws_iam_user.alice.name
  policy = local.allow_more
}

resource "aws_iam_user_policy_attachment" "alice" {
  user       = aws_iam_user.alice.name
  policy_arn = aws_iam_policy.managed.arn
}

resource "aws_iam_user_policy_attachment" "alice_aws" {
  user       = aws_iam_user.alice.name
  policy_arn = "arn:aws:iam::aws:policy/AWSKeyManagementServicePowerUser"
}

resource "aws_iam_access_key" "bob" {
  user   = aws_iam_user.bob.name
  status = local.first ? "Active" : "Inactive"
}

resource "aws_iam_user_login_profile" "alice" {
  user                    = aws_iam_user.alice.name
  password_length         = 24
  password_reset_required = true
  depends_on              = [aws_iam_account_password_policy.it]
}

resource "aws_iam_role" "app" {
  name                 = "tf-app"
  path                 = "/service/"
  description          = local.first ? "first" : "second"
  assume_role_policy   = local.trust
  max_session_duration = local.first ? 3600 : 7200
  permissions_boundary = aws_iam_policy.managed.arn
  tags                 = local.first ? { a = "1" } : { b = "2" }
}

resource "aws_iam_role" "exclusive" {
  name               = "tf-exclusive"
  assume_role_policy = local.trust
}

resource "aws_iam_role_policy" "app" {
  name   = "inline"
  role   = aws_iam_role.app.name
  policy = local.allow_more
}

resource "aws_iam_role_policy_attachment" "app" {
  role       = aws_iam_role.app.name
  policy_arn = aws_iam_policy.managed.arn
}

resource "aws_iam_role_policy" "exclusive" {
  name   = "only"
  role   = aws_iam_role.exclusive.name
  policy = local.allow_list
}

resource "aws_iam_role_policies_exclusive" "it" {
  role_name    = aws_iam_role.exclusive.name
  policy_names = [aws_iam_role_policy.exclusive.name]
}

resource "aws_iam_role_policy_attachments_exclusive" "it" {
  role_name   = aws_iam_role.exclusive.name
  policy_arns = [aws_iam_policy.managed.arn]
}

resource "aws_iam_instance_profile" "app" {
  name = "tf-app"
  role = local.first ? aws_iam_role.app.name : aws_iam_role.exclusive.name
  tags = local.first ? { a = "1" } : { a = "2" }
}

resource "aws_iam_service_linked_role" "autoscaling" {
  aws_service_name = "autoscaling.amazonaws.com"
  custom_suffix    = "tf"
  description      = local.first ? "first" : "second"
}

resource "aws_iam_openid_connect_provider" "it" {
  url             = "https://oidc.example.com/id/1"
  client_id_list  = local.first ? ["sts.amazonaws.com"] : ["sts.amazonaws.com", "other"]
  thumbprint_list = ["cf23df2207d99a74fbe169e3eba035e633b65d94"]
  tags            = { a = var.stage }
}

resource "aws_iam_virtual_mfa_device" "it" {
  virtual_mfa_device_name = "tf-device"
  tags                    = { a = "1" }
}

data "aws_iam_user" "alice" {
  user_name = aws_iam_user.alice.name
}

data "aws_iam_users" "staff" {
  name_regex = "tf-.*"
  depends_on = [aws_iam_user.alice, aws_iam_user.bob]
}

data "aws_iam_group" "ops" {
  group_name = aws_iam_user_group_membership.bob.user == "" ? "" : aws_iam_group.ops.name
}

data "aws_iam_role" "app" {
  name = aws_iam_role.app.name
}

data "aws_iam_roles" "service" {
  path_prefix = "/service/"
  depends_on  = [aws_iam_role.app]
}

data "aws_iam_policy" "managed" {
  arn = aws_iam_policy.managed.arn
}

data "aws_iam_instance_profile" "app" {
  name = aws_iam_instance_profile.app.name
}

data "aws_iam_openid_connect_provider" "it" {
  arn = aws_iam_openid_connect_provider.it.arn
}

data "aws_iam_access_keys" "bob" {
  user = aws_iam_access_key.bob.user
}

data "aws_iam_principal_policy_simulation" "alice" {
  action_names      = ["kms:ListKeys"]
  policy_source_arn = aws_iam_user.alice.arn
  depends_on        = [aws_iam_user_policy.alice, aws_iam_user_policy_attachment.alice]
}

output "account" {
  value = data.aws_caller_identity.me.account_id
}

output "alias" {
  value = data.aws_iam_account_alias.it.account_alias
}

output "users" {
  value = sort(data.aws_iam_users.staff.names)
}

output "may_list_keys" {
  value = data.aws_iam_principal_policy_simulation.alice.all_allowed
}

output "keys_of_bob" {
  value = data.aws_iam_access_keys.bob.access_keys[*].status
}
