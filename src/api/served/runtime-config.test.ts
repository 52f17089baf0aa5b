import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { groupVersionOf } from '#machinery'
import { resources } from './resources.ts'
import { enabledResources } from './runtime-config.ts'

const old = 'extensions/v1beta1'

/** The kinds of the old group that are served; all others are in any case. */
function served(...settings: readonly string[]): string {
  const all = enabledResources(resources, settings)
  const others = (of: typeof resources) => of.filter((each) => groupVersionOf(each) !== old).length
  assert.equal(others(all), others(resources))
  return all.flatMap((each) => (groupVersionOf(each) === old ? [each.plural] : [])).join()
}

const every = 'daemonsets,deployments,ingresses,replicasets'

describe('--runtime-config', () => {
  const cases: readonly (readonly [settings: readonly string[], plurals: string])[] = [
    [[], ''],
    [[`${old}=true`], every],
    [[old], every],
    [['api/all=true'], every],
    [['api/beta=true'], every],
    [['api/ga=true'], ''],
    [['api/all=true', 'api/beta=false'], ''],
    [['api/beta=false', `${old}=true`], every],
    [[`${old}/deployments=true`], 'deployments'],
    [[`${old}=true,${old}/ingresses=false`], 'daemonsets,deployments,replicasets'],
    [['v1=true', 'apps/v1=true'], ''],
  ]
  for (const [settings, plurals] of cases) {
    test(`${settings.join(' ') || 'nothing'} serves ${plurals || 'nothing old'}`, () => {
      assert.equal(
        served(...settings)
          .split(',')
          .toSorted()
          .join(),
        plurals,
      )
    })
  }

  const refusals: readonly (readonly [setting: string, why: RegExp])[] = [
    ['extensions/v1beta1=maybe', /invalid value extensions\/v1beta1=maybe/],
    ['extensions/v1beta2=true', /unknown api groups extensions\/v1beta2/],
    ['nonsense=true', /unknown api groups nonsense/],
    ['extensions/v1beta1/pods=true', /extensions\/v1beta1 has no pods/],
    ['apps/v1=false', /apps\/v1 cannot be switched off/],
    ['api/all=false', /api\/all cannot be switched off/],
  ]
  for (const [setting, why] of refusals) {
    test(`${setting} is refused`, () => {
      assert.throws(() => served(setting), { code: 'BadRuntimeConfig', message: why })
    })
  }
})
