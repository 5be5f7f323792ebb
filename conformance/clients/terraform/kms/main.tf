# Every aws_kms_* resource and data source of the provider. Stage 2 changes what can be changed.

variable "certificate" {
  type = string
}

data "aws_caller_identity" "me" {}

# Imported material lasts at most a year, so the harness tells when it expires.
variable "in_a_month" {
  type = string
}

variable "in_two_months" {
  type = string
}

locals {
  first = var.stage == 1
  root  = "arn:aws:iam::${data.aws_caller_identity.me.account_id}:root"
  owner = { Sid = "Owner", Effect = "Allow", Principal = { AWS = local.root }, Action = "kms:*", Resource = "*" }
  reader = { Sid = "Reader", Effect = "Allow", Principal = { AWS = aws_iam_role.app.arn }, Action = "kms:DescribeKey", Resource = "*" }
  policy = jsonencode({ Version = "2012-10-17", Statement = local.first ? [local.owner] : [local.owner, local.reader] })
}

resource "aws_iam_role" "app" {
  name = "tf-kms-app"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}

resource "aws_kms_key" "main" {
  description             = local.first ? "one" : "two"
  policy                  = local.policy
  is_enabled              = local.first
  enable_key_rotation     = local.first
  rotation_period_in_days = local.first ? 180 : null
  deletion_window_in_days = 7
  tags                    = local.first ? { team = "red", old = "yes" } : { team = "blue" }
}

# What the first stage enables at once and the second sets to another period.
resource "aws_kms_key" "rotating" {
  enable_key_rotation     = true
  rotation_period_in_days = local.first ? 90 : 2560
  deletion_window_in_days = 7
}

resource "aws_kms_key" "data" {
  deletion_window_in_days = 7
}

resource "aws_kms_key_policy" "data" {
  key_id = aws_kms_key.data.id
  policy = local.policy
}

resource "aws_kms_key" "specs" {
  for_each = {
    RSA_2048              = "ENCRYPT_DECRYPT"
    RSA_3072              = "SIGN_VERIFY"
    ECC_NIST_P256         = "KEY_AGREEMENT"
    ECC_NIST_P384         = "SIGN_VERIFY"
    ECC_SECG_P256K1       = "SIGN_VERIFY"
    HMAC_512              = "GENERATE_VERIFY_MAC"
  }
  customer_master_key_spec = each.key
  key_usage                = each.value
  deletion_window_in_days  = 7
  description              = local.first ? each.key : "${each.key} again"
}

resource "aws_kms_alias" "named" {
  name          = "alias/tf-named"
  target_key_id = local.first ? aws_kms_key.data.key_id : aws_kms_key.rotating.key_id
}

resource "aws_kms_alias" "prefixed" {
  name_prefix   = "alias/tf-some-"
  target_key_id = aws_kms_key.specs["RSA_3072"].arn
}

resource "aws_kms_grant" "app" {
  name               = "tf-app"
  key_id             = aws_kms_key.data.key_id
  grantee_principal  = aws_iam_role.app.arn
  retiring_principal = aws_iam_role.app.arn
  operations         = local.first ? ["Encrypt", "Decrypt", "GenerateDataKey"] : ["Decrypt"]
  constraints {
    encryption_context_subset = { Department = "Finance" }
  }
}

resource "aws_kms_grant" "signer" {
  key_id            = aws_kms_key.specs["ECC_NIST_P384"].arn
  grantee_principal = local.root
  operations        = ["Sign", "Verify", "GetPublicKey"]
  retire_on_delete  = false
}

resource "aws_kms_ciphertext" "secret" {
  key_id    = aws_kms_key.data.key_id
  plaintext = local.first ? "first secret" : "second secret"
  context   = { purpose = "terraform" }
}

resource "aws_kms_external_key" "brought" {
  description             = local.first ? "brought" : "brought again"
  key_material_base64     = base64encode("0123456789abcdef0123456789abcdef")
  valid_to                = local.first ? var.in_a_month : var.in_two_months
  enabled                 = local.first
  deletion_window_in_days = 7
  tags                    = { stage = tostring(var.stage) }
}

resource "aws_kms_external_key" "empty" {
  deletion_window_in_days = 7
  policy                  = local.policy
}

resource "aws_kms_key" "primary" {
  multi_region            = true
  enable_key_rotation     = true
  deletion_window_in_days = 7
}

resource "aws_kms_replica_key" "replica" {
  provider                = aws.second
  primary_key_arn         = aws_kms_key.primary.arn
  description             = local.first ? "replica" : "replica again"
  enabled                 = local.first
  policy                  = local.policy
  deletion_window_in_days = 7
  tags                    = local.first ? { team = "red" } : { team = "blue" }
}

resource "aws_kms_external_key" "primary" {
  multi_region            = true
  key_material_base64     = base64encode("fedcba9876543210fedcba9876543210")
  enabled                 = true
  deletion_window_in_days = 7
}

resource "aws_kms_replica_external_key" "replica" {
  provider                = aws.second
  primary_key_arn         = aws_kms_external_key.primary.arn
  key_material_base64     = base64encode("fedcba9876543210fedcba9876543210")
  description             = local.first ? "brought replica" : "brought replica again"
  enabled                 = true
  deletion_window_in_days = 7
}

resource "aws_kms_custom_key_store" "hsm" {
  cloud_hsm_cluster_id     = "cluster-7a23b4cdefg"
  custom_key_store_name    = local.first ? "tf-hsm-one" : "tf-hsm-two"
  key_store_password       = "kmsPswd123"
  trust_anchor_certificate = var.certificate
}

data "aws_kms_key" "main" {
  key_id = aws_kms_key.main.arn
}

data "aws_kms_key" "replica" {
  provider = aws.second
  key_id   = aws_kms_replica_key.replica.key_id
}

data "aws_kms_alias" "named" {
  name = aws_kms_alias.named.name
}

data "aws_kms_public_key" "signing" {
  key_id = aws_kms_key.specs["RSA_3072"].arn
}

data "aws_kms_public_key" "agreement" {
  key_id = aws_kms_key.specs["ECC_NIST_P256"].arn
}

data "aws_kms_ciphertext" "read" {
  key_id    = aws_kms_key.data.key_id
  plaintext = "read"
}

data "aws_kms_secrets" "opened" {
  secret {
    name    = "it"
    payload = aws_kms_ciphertext.secret.ciphertext_blob
    context = { purpose = "terraform" }
  }
}

data "aws_kms_custom_key_store" "hsm" {
  custom_key_store_id = aws_kms_custom_key_store.hsm.id
}

# Found by the tagging service, by a tag whose value the second stage changes.
data "aws_resourcegroupstaggingapi_resources" "team" {
  resource_type_filters = ["kms"]
  tag_filter {
    key    = "team"
    values = [local.first ? "red" : "blue"]
  }
  depends_on = [aws_kms_key.main]
}

output "found_by_tag" {
  value = [for found in data.aws_resourcegroupstaggingapi_resources.team.resource_tag_mapping_list : found.resource_arn] == [aws_kms_key.main.arn]
}

output "description" {
  value = data.aws_kms_key.main.description
}

output "alias_follows" {
  value = data.aws_kms_alias.named.target_key_arn == (local.first ? aws_kms_key.data.arn : aws_kms_key.rotating.arn)
}

output "public_key_pem" {
  value = data.aws_kms_public_key.signing.public_key_pem
}

output "signing_algorithms" {
  value = data.aws_kms_public_key.signing.signing_algorithms
}

output "secret" {
  value = nonsensitive(data.aws_kms_secrets.opened.plaintext["it"])
}

# Not its state: the provider plans that as if it stayed, so that an output of it changes once more after each update.
output "brought" {
  value = [aws_kms_external_key.brought.expiration_model, aws_kms_external_key.brought.enabled ? "Enabled" : "Disabled"]
}

output "empty" {
  value = aws_kms_external_key.empty.key_state
}

output "replica_of" {
  value = data.aws_kms_key.replica.multi_region_configuration[0].primary_key[0].region
}

output "replica_id_is_the_primarys" {
  value = aws_kms_replica_key.replica.key_id == aws_kms_key.primary.key_id
}

output "store" {
  value = data.aws_kms_custom_key_store.hsm.connection_state
}
