import type {
  Deployment,
  DeploymentSpec,
  DeploymentStrategy,
} from '../../../generated/types/index.ts'
import { change, fill, fillAbsent } from '../../../shared/change.ts'
import { defaultTemplate } from '../workload.ts'

/** A deployment with the defaults of apps/v1 (`SetDefaults_Deployment`). */
export function defaultDeployment(deployment: Deployment): Deployment {
  const spec = deployment.spec ?? ({} as DeploymentSpec)
  const filled = fillAbsent(spec, {
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  })
  return change(deployment, {
    spec: change(filled, {
      strategy: defaultStrategy(spec.strategy ?? {}),
      template: defaultTemplate(spec.template),
    }),
  })
}

function defaultStrategy(strategy: DeploymentStrategy): DeploymentStrategy {
  const filled = fill(strategy, { type: 'RollingUpdate' })
  if (filled.type !== 'RollingUpdate') return filled
  const rolling = fillAbsent(filled.rollingUpdate ?? {}, { maxUnavailable: '25%', maxSurge: '25%' })
  return change(filled, { rollingUpdate: rolling })
}
