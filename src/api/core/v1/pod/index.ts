import type { Pod } from '../../../generated/types/index.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { podColumns } from './columns.ts'
import { podRules, podSubresources } from './strategy.ts'

/** Pods are groups of containers that run together on one node. */
export const pods = defineResource<Pod>(
  { group: '', version: 'v1', kind: 'Pod' },
  {
    ...podRules,
    columns: podColumns,
    subresources: podSubresources,
    selectableFields: {
      'spec.nodeName': ({ spec }) => spec?.nodeName ?? '',
      'spec.restartPolicy': ({ spec }) => spec?.restartPolicy ?? '',
      'spec.schedulerName': ({ spec }) => spec?.schedulerName ?? '',
      'spec.serviceAccountName': ({ spec }) => spec?.serviceAccountName ?? '',
      'spec.hostNetwork': ({ spec }) => String(spec?.hostNetwork ?? false),
      'status.phase': ({ status }) => status?.phase ?? '',
      'status.podIP': ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
      'status.podIPs': ({ status }) => status?.podIPs?.[0]?.ip ?? status?.podIP ?? '',
      'status.nominatedNodeName': ({ status }) => status?.nominatedNodeName ?? '',
    },
  },
)
