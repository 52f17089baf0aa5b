import type { Column, KubeObject } from '#machinery'
import { daemonSets } from '../../../apps/v1/daemon-set/index.ts'
import type { DaemonSet as AppsDaemonSet } from '../../../generated/types/apps-v1.ts'
import type { DaemonSet } from '../../../generated/types/extensions-v1beta1.ts'
import { change, changeMember, fill, fillAbsent } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { adoptTemplateLabels, movedWarning } from '../legacy-defaults.ts'

/** DaemonSets of the group extensions/v1beta1 leave old pods alone unless told otherwise. */
export const legacyDaemonSets = defineResource<DaemonSet>(
  { group: 'extensions', version: 'v1beta1', kind: 'DaemonSet' },
  {
    columns: daemonSets.columns as unknown as readonly Column<DaemonSet>[],
    tracksGeneration: true,
    defaultPropagation: 'orphan',
    default: withDefaults,
    ...(daemonSets.subresources && { subresources: daemonSets.subresources as never }),
    view: {
      of: daemonSets,
      toStored: (set): AppsDaemonSet =>
        changeMember(set, 'spec', (spec) =>
          change(spec, { templateGeneration: undefined }),
        ) as AppsDaemonSet,
      fromStored: (object: KubeObject) => object as DaemonSet,
    },
    deprecation: movedWarning('DaemonSet', 'v1.8', 'v1.16', 'apps/v1'),
  },
)

function withDefaults(set: DaemonSet): DaemonSet {
  return changeMember(adoptTemplateLabels(set), 'spec', (spec) =>
    change(fillAbsent(spec, { revisionHistoryLimit: 10 }), {
      updateStrategy: fill(spec.updateStrategy ?? {}, { type: 'OnDelete' }),
    }),
  )
}
