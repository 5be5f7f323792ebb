# Keys that are rotated, and keys whose material is imported. Stage 2 changes what can be changed.

locals {
  first = var.stage == 1
}

resource "aws_kms_key" "rotated" {
  description             = "rotated"
  enable_key_rotation     = true
  rotation_period_in_days = local.first ? 180 : 90
  deletion_window_in_days = 7
}

resource "aws_kms_key" "sometimes" {
  description             = "rotated at first"
  enable_key_rotation     = local.first
  deletion_window_in_days = 7
}

resource "aws_kms_external_key" "own" {
  description             = local.first ? "one" : "two"
  key_material_base64     = base64encode("0123456789abcdef0123456789abcdef")
  enabled                 = local.first
  deletion_window_in_days = 7
}

resource "aws_kms_external_key" "later" {
  description             = "its material comes later"
  key_material_base64     = local.first ? null : base64encode("fedcba9876543210fedcba9876543210")
  enabled                 = local.first ? null : true
  deletion_window_in_days = 7
}

output "states" {
  value = [aws_kms_external_key.own.key_state, aws_kms_external_key.later.key_state]
}

output "rotated" {
  value = aws_kms_key.rotated.key_id
}
