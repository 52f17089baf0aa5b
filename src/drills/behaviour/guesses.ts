import type { Container } from '#api'
import type { SceneWorkload } from '../input/scene.ts'

/** The behaviour keys that drills say something about for every container. */
export type GuessedKey = 'startup' | 'latency' | 'on-sigterm'

/** What is taken for granted of a program that nobody knows. */
export const genericGuess: Readonly<Record<GuessedKey, string>> = {
  startup: '2s',
  latency: '20ms',
  'on-sigterm': 'drain 0s',
}

/** What is known of images by their names: how long they take to start, and how they end. */
const knownImages: readonly (readonly [name: RegExp, Partial<Record<GuessedKey, string>>])[] = [
  [/^(nginx|httpd|caddy|traefik|haproxy|envoy|openresty)/, { startup: '500ms', latency: '5ms' }],
  [/^(redis|valkey|memcached|nats|etcd)/, { startup: '500ms', latency: '2ms' }],
  [/^(postgres|postgresql|mariadb|mysql|percona)/, { startup: '5s', latency: '5ms' }],
  [/^(mongo|mongodb|rabbitmq|cockroach)/, { startup: '8s', latency: '5ms' }],
  [
    /^(elasticsearch|opensearch|kafka|zookeeper|cassandra|keycloak|jenkins|tomcat|wildfly|neo4j|sonarqube)/,
    { startup: '30s' },
  ],
  [/(openjdk|temurin|corretto|spring|java)/, { startup: '15s' }],
  [/^(pause|busybox|alpine)/, { startup: '0s' }],
]

/** What is known of a container by the name of its image. */
export function knownOf({ image = '' }: Container): Partial<Record<GuessedKey, string>> {
  const name = image.split('@')[0]?.split('/').at(-1)?.split(':')[0] ?? ''
  return knownImages.find(([pattern]) => pattern.test(name))?.[1] ?? {}
}

/** Whether what runs in a container is a script that the simulation reads, so that nothing is guessed of it. */
export function isScript({ command = [], args = [] }: Container): boolean {
  const shell = /(^|\/)(sh|bash|ash|dash)$/
  return shell.test(command[0] ?? '') && [...command, ...args].includes('-c')
}

/** The value that annotations of a pod give for one of its containers. */
export function annotated(
  { template }: SceneWorkload,
  container: string,
  key: GuessedKey,
): string | undefined {
  const annotations = template.metadata?.annotations ?? {}
  return annotations[`sim.knarr.dev/${key}.${container}`] ?? annotations[`sim.knarr.dev/${key}`]
}
