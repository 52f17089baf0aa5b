import type { Column, KubeObject, Subresource } from '#machinery'
import type { HorizontalPodAutoscaler } from '../../../generated/types/autoscaling-v1.ts'
import type { HorizontalPodAutoscaler as Stored } from '../../../generated/types/autoscaling-v2.ts'
import { changeMember, fillAbsent } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { horizontalPodAutoscalers } from '../../v2/horizontal-pod-autoscaler/index.ts'
import { fromStored, toStored } from './conversion.ts'

type Parts = Readonly<Record<string, Subresource<HorizontalPodAutoscaler>>>

/** HorizontalPodAutoscalers of autoscaling/v1 are those of v2, of which they name the CPU alone. */
export const horizontalPodAutoscalersV1 = defineResource<HorizontalPodAutoscaler>(
  { group: 'autoscaling', version: 'v1', kind: 'HorizontalPodAutoscaler' },
  {
    // Cast: those of the kind that is stored, whose objects they are given.
    columns: horizontalPodAutoscalers.columns as readonly Column[],
    default: (object) =>
      changeMember(object, 'spec', (spec) => fillAbsent(spec, { minReplicas: 1 })),
    ...(horizontalPodAutoscalers.subresources && {
      // Cast: the parts of the kind that is stored.
      subresources: horizontalPodAutoscalers.subresources as object as Parts,
    }),
    view: {
      of: horizontalPodAutoscalers,
      toStored: (object): Stored => toStored(object),
      // Cast: of the kind that is stored.
      fromStored: (object: KubeObject) => fromStored(object as Stored),
    },
  },
)
