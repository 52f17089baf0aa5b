import type { Role, RoleBinding } from '#api'
import { role, roleBinding, rule, toAccount, toUser } from './make.ts'

const system = 'kube-system'
const event = rule('create patch update', 'core events.k8s.io', 'events')
const leaderElection = (name: string) => [
  rule('watch', 'core', 'configmaps'),
  rule('get update', 'core', 'configmaps', name),
]

/** Upstream's roles in kube-system and kube-public. */
export const namespaceRoles: readonly Role[] = [
  role(system, 'extension-apiserver-authentication-reader', [
    rule('get list watch', 'core', 'configmaps', 'extension-apiserver-authentication'),
  ]),
  role(system, 'system:controller:bootstrap-signer', [rule('get list watch', 'core', 'secrets')]),
  role(system, 'system:controller:cloud-provider', [
    rule('create get list watch', 'core', 'configmaps'),
  ]),
  role(system, 'system:controller:token-cleaner', [
    rule('delete get list watch', 'core', 'secrets'),
    event,
  ]),
  role(system, 'system::leader-locking-kube-controller-manager', [
    ...leaderElection('kube-controller-manager'),
  ]),
  role(system, 'system::leader-locking-kube-scheduler', [...leaderElection('kube-scheduler')]),
  role('kube-public', 'system:controller:bootstrap-signer', [
    rule('get list watch', 'core', 'configmaps'),
    rule('update', 'core', 'configmaps', 'cluster-info'),
    event,
  ]),
]

const controllerManager = toUser('system:kube-controller-manager')
const scheduler = toUser('system:kube-scheduler')
const lock = (name: string) => `system::leader-locking-${name}`
const reader = 'extension-apiserver-authentication-reader'
const ofController = (namespace: string, name: string) =>
  roleBinding(namespace, `system:controller:${name}`, `system:controller:${name}`, [
    toAccount(system, name),
  ])

/** Upstream's bindings of these. */
export const namespaceRoleBindings: readonly RoleBinding[] = [
  roleBinding(system, `system:${reader}`, reader, [controllerManager, scheduler]),
  roleBinding(system, lock('kube-controller-manager'), lock('kube-controller-manager'), [
    controllerManager,
    toAccount(system, 'kube-controller-manager'),
  ]),
  roleBinding(system, lock('kube-scheduler'), lock('kube-scheduler'), [
    scheduler,
    toAccount(system, 'kube-scheduler'),
  ]),
  ofController(system, 'bootstrap-signer'),
  ofController(system, 'cloud-provider'),
  ofController(system, 'token-cleaner'),
  ofController('kube-public', 'bootstrap-signer'),
]
