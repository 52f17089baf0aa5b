import assert from 'node:assert/strict'
import { test } from 'node:test'
import { followStart, serverHooks } from './start-hooks.ts'

test('what a start has not done yet is not well, and what is stopping is not ready', () => {
  const stop = new AbortController()
  const { checks, done } = followStart(stop.signal)
  const faults = () => checks.flatMap(({ name, check }) => (check() ? [`${name}: ${check()}`] : []))
  done(...serverHooks)
  done('start-system-namespaces-controller', 'scheduling/bootstrap-system-priority-classes')
  assert.deepEqual(faults(), [
    'poststarthook/start-cluster-authentication-info-controller: not finished',
    'poststarthook/rbac/bootstrap-roles: not finished',
    'poststarthook/priority-and-fairness-config-producer: not finished',
    'poststarthook/bootstrap-controller: not finished',
    'poststarthook/start-kubernetes-service-cidr-controller: not finished',
    'poststarthook/kube-apiserver-autoregistration: not finished',
    'autoregister-completion: missing APIService: they have not been registered',
  ])
  done('start-cluster-authentication-info-controller', 'rbac/bootstrap-roles')
  done('priority-and-fairness-config-producer', 'bootstrap-controller')
  done('start-kubernetes-service-cidr-controller', 'kube-apiserver-autoregistration')
  assert.deepEqual(faults(), [])
  stop.abort()
  assert.deepEqual(faults(), ['shutdown: process is shutting down'])
  assert.equal(checks.find(({ name }) => name === 'shutdown')?.isOfReadiness, true)
})
