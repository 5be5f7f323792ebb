# Multi-Region keys, made here and imported, with a replica in another Region, and a key store. Stage 2 changes what can be changed.

locals {
  first    = var.stage == 1
  material = base64encode("0123456789abcdef0123456789abcdef")
}

resource "aws_kms_key" "primary" {
  description             = "primary"
  multi_region            = true
  deletion_window_in_days = 7
}

resource "aws_kms_replica_key" "replica" {
  provider                = aws.away
  primary_key_arn         = aws_kms_key.primary.arn
  description             = local.first ? "one" : "two"
  enabled                 = local.first
  deletion_window_in_days = 7
  tags                    = local.first ? { stage = "one" } : { stage = "two", more = "yes" }
}

resource "aws_kms_external_key" "own" {
  description             = "imported"
  multi_region            = true
  enabled                 = true
  key_material_base64     = local.material
  deletion_window_in_days = 7
}

resource "aws_kms_replica_external_key" "own" {
  provider                = aws.away
  primary_key_arn         = aws_kms_external_key.own.arn
  description             = local.first ? "one" : "two"
  enabled                 = true
  key_material_base64     = local.material
  deletion_window_in_days = 7
}

resource "aws_kms_alias" "away" {
  provider      = aws.away
  name          = "alias/terraformed-away"
  target_key_id = aws_kms_replica_key.replica.key_id
}

resource "aws_kms_custom_key_store" "hsm" {
  cloud_hsm_cluster_id     = "cluster-1a23b4cdefg"
  custom_key_store_name    = local.first ? "terraformed" : "terraformed-two"
  key_store_password       = "noteworthy"
  trust_anchor_certificate = file("anchor.pem")
}

data "aws_kms_key" "primary" {
  key_id     = aws_kms_key.primary.key_id
  depends_on = [aws_kms_replica_key.replica]
}

data "aws_kms_key" "own" {
  key_id     = aws_kms_external_key.own.id
  depends_on = [aws_kms_replica_external_key.own]
}

locals {
  members = [for key in [data.aws_kms_key.primary, data.aws_kms_key.own] : key.multi_region_configuration[0]]
}

output "members" {
  value = [for one in local.members : concat([one.primary_key[0].region], [for replica in one.replica_keys : replica.region])]
}

output "replicas" {
  value = [aws_kms_replica_key.replica.enabled ? "Enabled" : "Disabled", aws_kms_replica_external_key.own.key_state]
}

output "primaries" {
  value = [aws_kms_key.primary.key_id, aws_kms_external_key.own.id]
}
