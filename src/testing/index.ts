export {
  always,
  eventually,
  expect,
  happenedBefore,
  type LogClaims,
  type Matcher,
  never,
  type Within,
} from './expect-log.ts'
