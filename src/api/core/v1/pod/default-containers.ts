import type {
  Container,
  ContainerPort,
  EnvVar,
  EphemeralContainer,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
  ResourceFieldSelector,
} from '../../../generated/types/index.ts'
import { change, changeMember, fill, fillAbsent, mapItems } from '../../../shared/change.ts'
import { defaultPullPolicy } from './model/image-tag.ts'

/** A container of any of the three lists with upstream's defaults (`SetDefaults_Container`). */
export function defaultContainer<T extends Container | EphemeralContainer>(container: T): T {
  const filled = fill<Container>(fillAbsent<Container>(container, { resources: {} }), {
    imagePullPolicy: defaultPullPolicy(container.image),
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
  })
  return change<Container>(filled, {
    ports: mapItems(filled.ports, defaultPort),
    env: mapItems(filled.env, defaultEnv),
    livenessProbe: filled.livenessProbe && defaultProbe(filled.livenessProbe),
    readinessProbe: filled.readinessProbe && defaultProbe(filled.readinessProbe),
    startupProbe: filled.startupProbe && defaultProbe(filled.startupProbe),
    lifecycle: filled.lifecycle && defaultLifecycle(filled.lifecycle),
  }) as T
}

/** What a reference to a container's resources divides by; 0 means 1. */
export function defaultResourceFieldRef(selector: ResourceFieldSelector): ResourceFieldSelector {
  return fillAbsent(selector, { divisor: '0' })
}

function defaultPort(port: ContainerPort): ContainerPort {
  return fill(port, { protocol: 'TCP' })
}

function defaultEnv(variable: EnvVar): EnvVar {
  return changeMember(variable, 'valueFrom', (source) =>
    changeMember(
      changeMember(source, 'fieldRef', (ref) => fill(ref, { apiVersion: 'v1' })),
      'resourceFieldRef',
      defaultResourceFieldRef,
    ),
  )
}

function defaultProbe(probe: Probe): Probe {
  const filled = fill(probe, {
    timeoutSeconds: 1,
    periodSeconds: 10,
    successThreshold: 1,
    failureThreshold: 3,
  })
  return changeMember(changeMember(filled, 'httpGet', defaultHttpGet), 'grpc', (grpc) =>
    fillAbsent(grpc, { service: '' }),
  )
}

function defaultLifecycle(lifecycle: Lifecycle): Lifecycle {
  return changeMember(
    changeMember(lifecycle, 'postStart', defaultHandler),
    'preStop',
    defaultHandler,
  )
}

function defaultHandler(handler: LifecycleHandler): LifecycleHandler {
  return changeMember(handler, 'httpGet', defaultHttpGet)
}

function defaultHttpGet(action: HTTPGetAction): HTTPGetAction {
  return fill(action, { path: '/', scheme: 'HTTP' })
}
