import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PodSpec } from '#api'
import { type Image, type RegistryAuth, RuntimeError } from '#runtime'
import { StartError } from '../model/errors.ts'
import { podOf, testWorld, web } from '../model/kubelet-fixture.ts'
import { createImagePuller } from './image-puller.ts'

const name = 'docker.io/library/nginx:latest'

interface Given {
  /** Images on the node, by full name. */
  readonly present?: readonly string[]
  /** What each pull comes to: an error, or the reference. */
  readonly pull?: (name: string, auth: RegistryAuth | undefined) => string
  readonly pullMs?: number
  readonly inspect?: Error
  readonly spec?: Partial<PodSpec>
  readonly secrets?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** Images asked for one after the other, and what was said meanwhile. */
function pulling({ present = [], pull = () => 'sha256:new', pullMs = 0, ...given }: Given = {}) {
  const onNode = new Set(present)
  const pulled: string[] = []
  const { world, clock, events } = testWorld({
    runtime: {
      images: {
        status: async (ref: string) => {
          if (given.inspect) throw given.inspect
          return onNode.has(ref) ? ({ id: 'sha256:old', sizeBytes: 1234 } as Image) : undefined
        },
        pull: async (ref: string, { auth }: { readonly auth?: RegistryAuth }) => {
          pulled.push(ref)
          await clock.sleep(pullMs)
          const content = pull(ref, auth)
          onNode.add(ref)
          return content
        },
      },
    },
    references: {
      secret: async (_, wanted) => {
        const data = given.secrets?.[wanted]
        if (!data) throw new Error('not found')
        return { data } as never
      },
    },
  })
  const pod = podOf({ ...(given.spec ? { spec: given.spec } : {}) })
  const puller = createImagePuller(world)
  const signal = new AbortController().signal
  const ensure = async (image: string, imagePullPolicy?: string) => {
    const container = { ...web, image, ...(imagePullPolicy ? { imagePullPolicy } : {}) }
    const result = puller.ensure(pod, container, {} as never, signal).catch((error) => {
      assert.ok(error instanceof StartError, String(error))
      const { reason, message, retryInMs } = error
      return { reason, message, ...(retryInMs === undefined ? {} : { retryInMs }) }
    })
    await clock.advance(pullMs)
    return result
  }
  const said = () => events.splice(0)
  return { ensure, said, clock, pulled, puller }
}

const about = 'spec.containers{web}:'
const presentText = `Normal Pulled ${about} Container image "nginx" already present on machine and can be accessed by the pod`

test('the pull policy decides what happens to an image that is there, and to one that is not', async () => {
  for (const [policy, there, expected, pulls] of [
    ['Always', true, 'sha256:new', 1],
    ['Always', false, 'sha256:new', 1],
    ['IfNotPresent', true, 'sha256:old', 0],
    ['IfNotPresent', false, 'sha256:new', 1],
    [undefined, true, 'sha256:old', 0],
    ['Never', true, 'sha256:old', 0],
  ] as const) {
    const { ensure, pulled } = pulling({ present: there ? [name] : [] })
    assert.equal(await ensure('nginx', policy), expected, `${policy} ${there}`)
    assert.equal(pulled.length, pulls, `${policy} ${there}`)
  }
})

test('a pull is told when it begins and how long it took', async () => {
  const { ensure, said } = pulling({ pullMs: 1500 })
  await ensure('nginx')
  assert.deepEqual(said(), [
    `Normal Pulling ${about} Pulling image "nginx"`,
    `Normal Pulled ${about} Successfully pulled image "nginx" in 1.5s (1.5s including waiting). Image size: 1234 bytes.`,
  ])
  await ensure('nginx')
  assert.deepEqual(said(), [presentText])
})

test('an image that is not there is never pulled under Never', async () => {
  const { ensure, said, pulled } = pulling()
  const message = 'Container image "nginx" is not present with pull policy of Never'
  assert.deepEqual(await ensure('nginx', 'Never'), { reason: 'ErrImageNeverPull', message })
  assert.deepEqual(said(), [`Warning ErrImageNeverPull ${about} ${message}`])
  assert.deepEqual(pulled, [])
})

test('a name that cannot be read is refused before anything is asked', async () => {
  for (const [image, why] of [
    [
      'Nginx',
      'couldn\'t parse image name "Nginx": invalid reference format: repository name (library/Nginx) must be lowercase',
    ],
    ['a b', 'couldn\'t parse image name "a b": invalid reference format'],
  ] as const) {
    const { ensure, said } = pulling({ inspect: new Error('asked') })
    const message = `Failed to apply default image tag "${image}": ${why}`
    assert.deepEqual(await ensure(image), { reason: 'InvalidImageName', message })
    assert.deepEqual(said(), [`Warning InspectFailed ${about} ${message}`])
  }
})

test('a runtime that cannot be asked is ImageInspectError', async () => {
  const { ensure, said } = pulling({ inspect: new RuntimeError('unavailable', 'gone') })
  const message = 'Failed to inspect image "": rpc error: code = Unavailable desc = gone'
  assert.deepEqual(await ensure('nginx'), { reason: 'ImageInspectError', message })
  assert.deepEqual(said(), [`Warning InspectFailed ${about} ${message}`])
})

const fail = (message: string) => () => {
  throw new RuntimeError('notFound', message)
}

test('a failed pull is ErrImagePull, and then ImagePullBackOff until the wait is over', async () => {
  const { ensure, said, clock, pulled } = pulling({ pull: fail('no such image') })
  const why = 'rpc error: code = NotFound desc = no such image'
  assert.deepEqual(await ensure('nginx'), { reason: 'ErrImagePull', message: why })
  assert.deepEqual(said(), [
    `Normal Pulling ${about} Pulling image "nginx"`,
    `Warning Failed ${about} Failed to pull image "nginx": ${why}`,
  ])
  await clock.advance(4000)
  assert.deepEqual(await ensure('nginx'), {
    reason: 'ImagePullBackOff',
    message: `Back-off pulling image "nginx": ErrImagePull: ${why}`,
    retryInMs: 6000,
  })
  assert.deepEqual(said(), [`Normal BackOff ${about} Back-off pulling image "nginx"`])
  assert.equal(pulled.length, 1)
  await clock.advance(6000)
  assert.deepEqual(await ensure('nginx'), { reason: 'ErrImagePull', message: why })
  assert.equal(pulled.length, 2)
})

test('one image that waits does not hold up another', async () => {
  const { ensure } = pulling({
    pull: (ref) => (ref === name ? fail('down')() : 'sha256:new'),
  })
  await ensure('nginx')
  assert.equal(await ensure('redis'), 'sha256:new')
})

test('a success ends the waiting, but the next failure waits longer than the one before it', async () => {
  let broken = true
  const { ensure, clock } = pulling({ pull: () => (broken ? fail('down')() : 'sha256:new') })
  await ensure('nginx', 'Always')
  broken = false
  await clock.advance(10_000)
  assert.equal(await ensure('nginx', 'Always'), 'sha256:new')
  broken = true
  await ensure('nginx', 'Always')
  const { retryInMs } = (await ensure('nginx', 'Always')) as { retryInMs: number }
  assert.equal(retryInMs, 20_000)
})

test('what is known of a pod that is gone is forgotten', async () => {
  const { ensure, pulled, puller } = pulling({ pull: fail('down') })
  await ensure('nginx')
  puller.forget('u')
  await ensure('nginx')
  assert.equal(pulled.length, 2)
})

test('the runtime may say at the beginning of its message what kind of failure it is', async () => {
  for (const [text, expected] of [
    [
      'RegistryUnavailable: timed out',
      {
        reason: 'RegistryUnavailable',
        message: 'image pull failed for nginx because the registry is unavailable: timed out',
      },
    ],
    [
      'SignatureValidationFailed: no signature',
      {
        reason: 'SignatureValidationFailed',
        message:
          'image pull failed for nginx because the signature validation failed: no signature',
      },
    ],
  ] as const) {
    assert.deepEqual(await pulling({ pull: fail(text) }).ensure('nginx'), expected)
  }
})

const base64 = (text: string) => Buffer.from(text).toString('base64')
const dockerConfig = (auths: object) => ({
  '.dockerconfigjson': base64(JSON.stringify({ auths })),
})

test('the credentials that fit are tried, the most specific first', async () => {
  const tried: unknown[] = []
  const { ensure } = pulling({
    spec: { imagePullSecrets: [{ name: 'missing' }, { name: 'mine' }] },
    secrets: {
      mine: dockerConfig({
        'registry.example': { auth: base64('wide:1') },
        'registry.example/team': { username: 'narrow', password: '2' },
        'other.example': { username: 'other', password: '3' },
      }),
    },
    pull: (_, auth) => {
      tried.push(auth?.username, auth?.password)
      if (auth?.username === 'narrow') throw new RuntimeError('permissionDenied', 'no')
      return 'sha256:new'
    },
  })
  assert.equal(await ensure('registry.example/team/app'), 'sha256:new')
  assert.deepEqual(tried, ['narrow', '2', 'wide', '1'])
})

test('without credentials that fit, one pull is tried without any', async () => {
  const tried: unknown[] = []
  const { ensure } = pulling({
    spec: { imagePullSecrets: [{ name: 'mine' }] },
    secrets: { mine: dockerConfig({ 'other.example': { auth: base64('a:b') } }) },
    pull: (_, auth) => {
      tried.push(auth)
      return 'sha256:new'
    },
  })
  await ensure('nginx')
  assert.deepEqual(tried, [undefined])
})
