"""The roles that kvswatch asks for, as IAM policies, CloudFormation and Terraform."""
