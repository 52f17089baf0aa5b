import type { IntOrString } from '#machinery/quantity'
import {
  checkHttpHeaderName,
  checkPortName,
  checkPortNumber,
  type FieldErrors,
  type FieldPath,
  forbiddenField,
  invalidField,
  requiredField,
  validateNonNegative,
} from '#machinery/validation'
import type {
  Container,
  HTTPGetAction,
  Lifecycle,
  LifecycleHandler,
  Probe,
} from '../../../../generated/types/index.ts'
import { ensure, invalidWith, requireOneOf, requireValue } from '../../../../shared/checks.ts'

const counts = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const

/** Probes and hooks of a container that may have them. */
export function validateProbesAndHooks(
  container: Container,
  path: FieldPath,
  graceSeconds: number,
): FieldErrors {
  return [
    ...validateLifecycle(container.lifecycle, path.child('lifecycle'), graceSeconds),
    ...validateOnceSuccessful(container.livenessProbe, path.child('livenessProbe')),
    ...validateReadinessProbe(container.readinessProbe, path.child('readinessProbe')),
    ...validateOnceSuccessful(container.startupProbe, path.child('startupProbe')),
  ]
}

/** Liveness and startup probes, which one success satisfies. */
function validateOnceSuccessful(probe: Probe | undefined, path: FieldPath): FieldErrors {
  if (!probe) return []
  const { successThreshold = 0 } = probe
  return [
    ...validateProbe(probe, path),
    ...ensure(successThreshold === 1, () =>
      invalidField(path.child('successThreshold'), successThreshold, 'must be 1'),
    ),
  ]
}

function validateReadinessProbe(probe: Probe | undefined, path: FieldPath): FieldErrors {
  if (!probe) return []
  const grace = probe.terminationGracePeriodSeconds
  return [
    ...validateProbe(probe, path),
    ...ensure(grace === undefined, () =>
      invalidField(
        path.child('terminationGracePeriodSeconds'),
        grace,
        'must not be set for readinessProbes',
      ),
    ),
  ]
}

function validateProbe(probe: Probe, path: FieldPath): FieldErrors {
  const grace = probe.terminationGracePeriodSeconds
  return [
    ...validateHandler(probe, path),
    ...counts.flatMap((name) => validateNonNegative(probe[name] ?? 0, path.child(name))),
    ...ensure(grace === undefined || grace > 0, () =>
      invalidField(path.child('terminationGracePeriodSeconds'), grace, 'must be greater than 0'),
    ),
  ]
}

function validateLifecycle(
  lifecycle: Lifecycle | undefined,
  path: FieldPath,
  graceSeconds: number,
): FieldErrors {
  if (!lifecycle) return []
  const { postStart, preStop } = lifecycle
  return [
    ...(postStart ? validateHandler(postStart, path.child('postStart'), graceSeconds) : []),
    ...(preStop ? validateHandler(preStop, path.child('preStop'), graceSeconds) : []),
  ]
}

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> &
  Pick<LifecycleHandler, 'sleep'>

function validateHandler(handler: Handler, path: FieldPath, graceSeconds = 0): FieldErrors {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler
  const given: (readonly [string, () => FieldErrors])[] = []
  if (exec) {
    given.push(['exec', () => requireValue(exec.command?.length, path.child('exec', 'command'))])
  }
  if (httpGet) given.push(['httpGet', () => validateHttpGet(httpGet, path.child('httpGet'))])
  if (tcpSocket) {
    given.push(['tcpSocket', () => validatePort(tcpSocket.port, path.child('tcpSocket', 'port'))])
  }
  if (grpc) given.push(['grpc', () => validatePort(grpc.port, path.child('grpc', 'port'))])
  if (sleep) {
    given.push(['sleep', () => validateSleep(sleep.seconds, path.child('sleep'), graceSeconds)])
  }
  if (given.length === 0) return [requiredField(path, 'must specify a handler type')]
  return given.flatMap(([name, validate], i) =>
    i === 0
      ? validate()
      : [forbiddenField(path.child(name), 'may not specify more than 1 handler type')],
  )
}

function validateHttpGet(action: HTTPGetAction, path: FieldPath): FieldErrors {
  return [
    ...requireValue(action.path, path.child('path')),
    ...validatePort(action.port, path.child('port')),
    ...requireOneOf(action.scheme, path.child('scheme'), ['HTTP', 'HTTPS']),
    // Upstream names the list here, not the header.
    ...(action.httpHeaders ?? []).flatMap(({ name }) =>
      invalidWith(path.child('httpHeaders'), name, checkHttpHeaderName(name)),
    ),
  ]
}

function validateSleep(seconds: number, path: FieldPath, graceSeconds: number): FieldErrors {
  return ensure(seconds >= 0 && seconds <= graceSeconds, () =>
    invalidField(
      path,
      seconds,
      `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`,
    ),
  )
}

/** A port by number or by name. */
export function validatePort(port: IntOrString, path: FieldPath): FieldErrors {
  const messages = typeof port === 'number' ? checkPortNumber(port) : checkPortName(port ?? '')
  return invalidWith(path, port, messages)
}
