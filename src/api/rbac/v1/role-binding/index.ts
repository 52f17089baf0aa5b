import { pathSegmentName } from '#machinery/validation'
import type { RoleBinding } from '../../../generated/types/rbac-v1.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { bindingColumns, defaultBinding } from '../binding.ts'
import { rbacGroup, validateBinding, validateBindingUpdate } from '../validation.ts'

/** RoleBindings grant a Role or ClusterRole in one namespace. */
export const roleBindings = defineResource<RoleBinding>(
  { group: rbacGroup, version: 'v1', kind: 'RoleBinding' },
  {
    columns: bindingColumns<RoleBinding>(),
    checkName: pathSegmentName,
    allowCreateOnUpdate: true,
    default: defaultBinding,
    validate: (binding) => validateBinding(binding, true),
    validateUpdate: (binding, old) => validateBindingUpdate(binding, old, true),
  },
)
