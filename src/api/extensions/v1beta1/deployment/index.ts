import type { Column, KubeObject } from '#machinery'
import { deployments } from '../../../apps/v1/deployment/index.ts'
import type { Deployment as AppsDeployment } from '../../../generated/types/apps-v1.ts'
import type { Deployment, DeploymentSpec } from '../../../generated/types/extensions-v1beta1.ts'
import { change, changeMember, fill, fillAbsent } from '../../../shared/change.ts'
import { defineResource } from '../../../shared/define-resource.ts'
import { adoptTemplateLabels, movedWarning, unlimited } from '../legacy-defaults.ts'

/** Deployments of the group extensions/v1beta1 are apps/v1 Deployments with the defaults of their time. */
export const legacyDeployments = defineResource<Deployment>(
  { group: 'extensions', version: 'v1beta1', kind: 'Deployment' },
  {
    columns: deployments.columns as unknown as readonly Column<Deployment>[],
    tracksGeneration: true,
    defaultPropagation: 'orphan',
    default: withDefaults,
    ...(deployments.subresources && { subresources: deployments.subresources as never }),
    view: {
      of: deployments,
      toStored: (deployment): AppsDeployment =>
        changeMember(deployment, 'spec', (spec) =>
          change(spec, { rollbackTo: undefined }),
        ) as AppsDeployment,
      fromStored: (object: KubeObject) => object as Deployment,
    },
    deprecation: movedWarning('Deployment', 'v1.8', 'v1.16', 'apps/v1'),
  },
)

function withDefaults(deployment: Deployment): Deployment {
  return changeMember(adoptTemplateLabels(deployment), 'spec', (spec) =>
    change(
      fillAbsent(spec, {
        replicas: 1,
        revisionHistoryLimit: unlimited,
        progressDeadlineSeconds: unlimited,
      }),
      { strategy: defaultStrategy(spec.strategy ?? {}) },
    ),
  )
}

function defaultStrategy(
  strategy: NonNullable<DeploymentSpec['strategy']>,
): DeploymentSpec['strategy'] {
  const filled = fill(strategy, { type: 'RollingUpdate' })
  if (filled.type !== 'RollingUpdate') return filled
  const rollingUpdate = fillAbsent(filled.rollingUpdate ?? {}, { maxUnavailable: 1, maxSurge: 1 })
  return change(filled, { rollingUpdate })
}
