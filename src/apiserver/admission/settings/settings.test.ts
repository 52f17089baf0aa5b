import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KnarrError } from '#lib'
import { readAdmissionSettings } from './settings.ts'

const head = 'apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\n'
const podSecurity = `
apiVersion: pod-security.admission.config.k8s.io/v1
kind: PodSecurityConfiguration
defaults: {enforce: baseline, enforce-version: v1.30, warn: restricted}
exemptions: {usernames: [ann], namespaces: [kube-system], runtimeClasses: [vm]}
`
const quota = `
apiVersion: apiserver.config.k8s.io/v1
kind: ResourceQuotaConfiguration
limitedResources:
- resource: pods
  matchScopes: [{scopeName: PriorityClass, operator: In, values: [high]}]
- {apiGroup: apps, resource: deployments, matchContains: [count/]}
`
const indented = (text: string) => text.trim().replaceAll('\n', '\n    ')
const plugin = (name: string, text: string) =>
  `${head}plugins:\n- name: ${name}\n  configuration:\n    ${indented(text)}\n`
const noFile = (path: string) => assert.fail(`reads ${path}`)

test('defaults and exemptions of PodSecurity are read, what is not said being as upstream has it', () => {
  assert.deepEqual(readAdmissionSettings(plugin('PodSecurity', podSecurity), noFile), {
    podSecurity: {
      defaults: {
        enforce: { level: 'baseline', version: 30 },
        audit: { level: 'privileged', version: 'latest' },
        warn: { level: 'restricted', version: 'latest' },
      },
      exemptions: { usernames: ['ann'], namespaces: ['kube-system'], runtimeClasses: ['vm'] },
    },
  })
})

test('a plugin may have a file of its own', () => {
  const text = `${head}plugins:\n- {name: ResourceQuota, path: quota.yaml}\n`
  const files: Readonly<Record<string, string>> = { 'quota.yaml': quota }
  assert.deepEqual(
    readAdmissionSettings(text, (path) => files[path] ?? ''),
    {
      limitedResources: [
        {
          resource: 'pods',
          matchContains: [],
          matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
        },
        {
          apiGroup: 'apps',
          resource: 'deployments',
          matchContains: ['count/'],
          matchScopes: [],
        },
      ],
    },
  )
  assert.deepEqual(readAdmissionSettings(head, noFile), {})
})

for (const [text, why] of [
  [
    'kind: Pod\napiVersion: v1',
    'no AdmissionConfiguration of apiserver.config.k8s.io/v1, but Pod of v1',
  ],
  ['a: [', /could not find|did not find|yaml/],
  [`${head}x: 1`, 'unknown field "x"'],
  [
    `${head}plugins: [{name: EventRateLimit}]`,
    /EventRateLimit cannot be configured, only PodSecurity and ResourceQuota/,
  ],
  [
    plugin('PodSecurity', quota),
    /no PodSecurityConfiguration of pod-security.* but ResourceQuotaConfiguration/,
  ],
  [
    plugin('PodSecurity', podSecurity.replace('enforce: baseline', 'enforce: none')),
    'defaults.enforce: Invalid value: "none": must be one of privileged, baseline, restricted',
  ],
  [
    plugin('PodSecurity', podSecurity.replace('v1.30', 'v1')),
    'defaults.enforce-version: Invalid value: "v1": must be "latest" or "v1.x"',
  ],
  [
    plugin('PodSecurity', podSecurity.replace('[ann]', '[ann, ann, ""]')),
    'exemptions.usernames[1]: Duplicate value: "ann"; exemptions.usernames[2]: Invalid value: "": username must not be empty',
  ],
  [
    plugin('PodSecurity', podSecurity.replace('[kube-system]', '[A]')),
    /exemptions\.namespaces\[0\]: Invalid value: "A": a lowercase RFC 1123 label/,
  ],
  [plugin('PodSecurity', podSecurity.replace('usernames', 'users')), 'unknown field "users"'],
  [
    plugin('ResourceQuota', quota.replace('resource: pods', 'resources: pods')),
    'unknown field "resources"; limitedResources[0].resource: Required value',
  ],
] as const) {
  test(`what is wrong is refused: ${why}`, () => {
    assert.throws(
      () => readAdmissionSettings(text, noFile),
      (error) => {
        assert.ok(error instanceof KnarrError && error.code === 'BadAdmissionConfig')
        const said = error.message.replace('the admission configuration cannot be read: ', '')
        if (typeof why === 'string') assert.equal(said, why)
        else assert.match(said, why)
        return true
      },
    )
  })
}
