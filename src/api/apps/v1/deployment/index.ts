import { formatLabelSelector } from '#machinery/selectors'
import { fieldPath } from '#machinery/validation'
import { templateWarnings } from '../../../core/v1/pod/warnings.ts'
import type { Deployment } from '../../../generated/types/index.ts'
import {
  ageColumn,
  containerColumns,
  integer,
  nameColumn,
  text,
  wide,
} from '../../../shared/columns.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { scaleProjection } from '../../../shared/scale.ts'
import { keepStatus, statusPart, withStatus } from '../../../shared/status.ts'
import { defaultDeployment } from './defaults.ts'
import {
  validateDeployment,
  validateDeploymentStatus,
  validateDeploymentUpdate,
} from './validation.ts'

/** Deployments replace pods step by step through ReplicaSets. */
export const deployments = defineResource<Deployment>(
  { group: 'apps', version: 'v1', kind: 'Deployment' },
  {
    columns: [
      nameColumn,
      text('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec?.replicas ?? 0}`),
      integer('Up-to-date', ({ status }) => status?.updatedReplicas),
      integer('Available', ({ status }) => status?.availableReplicas),
      ageColumn,
      ...wide<Deployment>(
        ...containerColumns<Deployment>(({ spec }) => spec?.template),
        text('Selector', ({ spec }) => formatLabelSelector(spec?.selector)),
      ),
    ],
    tracksGeneration: true,
    default: defaultDeployment,
    prepareForCreate: (draft) => withStatus(draft, {}),
    prepareForUpdate: keepStatus,
    validate: validateDeployment,
    validateUpdate: validateDeploymentUpdate,
    warnings: ({ spec }) => templateWarnings(spec?.template, fieldPath('spec', 'template')),
    subresources: {
      status: statusPart({ keeps: ['labels'], validate: validateDeploymentStatus }),
      scale: scaleProjection(({ spec }) => formatLabelSelector(spec?.selector)),
    },
  },
)
