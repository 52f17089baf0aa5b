import type { Column, KubeObject } from '#machinery'
import { replicaSets } from '../../../apps/v1/replica-set/index.ts'
import type { ReplicaSet } from '../../../generated/types/extensions-v1beta1.ts'
import { changeMember, fillAbsent } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { adoptTemplateLabels, movedWarning } from '../legacy-defaults.ts'

/** ReplicaSets of the group extensions/v1beta1 may leave their selector to the template's labels. */
export const legacyReplicaSets = defineResource<ReplicaSet>(
  { group: 'extensions', version: 'v1beta1', kind: 'ReplicaSet' },
  {
    columns: replicaSets.columns as unknown as readonly Column<ReplicaSet>[],
    tracksGeneration: true,
    defaultPropagation: 'orphan',
    default: (set) =>
      changeMember(adoptTemplateLabels(set), 'spec', (spec) => fillAbsent(spec, { replicas: 1 })),
    ...(replicaSets.subresources && { subresources: replicaSets.subresources as never }),
    view: {
      of: replicaSets,
      toStored: (set: KubeObject) => set,
      fromStored: (object: KubeObject) => object as ReplicaSet,
    },
    deprecation: movedWarning('ReplicaSet', 'v1.8', 'v1.16', 'apps/v1'),
  },
)
