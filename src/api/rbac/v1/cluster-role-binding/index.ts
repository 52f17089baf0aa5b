import { pathSegmentName } from '#machinery/validation'
import type { ClusterRoleBinding } from '../../../generated/types/rbac-v1.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { bindingColumns, defaultBinding } from '../binding.ts'
import { rbacGroup, validateBinding, validateBindingUpdate } from '../validation.ts'

/** ClusterRoleBindings grant a ClusterRole in the whole cluster. */
export const clusterRoleBindings = defineResource<ClusterRoleBinding>(
  { group: rbacGroup, version: 'v1', kind: 'ClusterRoleBinding' },
  {
    columns: bindingColumns<ClusterRoleBinding>(),
    checkName: pathSegmentName,
    allowCreateOnUpdate: true,
    default: defaultBinding,
    validate: (binding) => validateBinding(binding, false),
    validateUpdate: (binding, old) => validateBindingUpdate(binding, old, false),
  },
)
