import { type LogCategory, type Logger, SILENT } from '../util/logger.ts';

/** A logger for what begins before there is a log: until `target` is set, nothing is written. */
export class LateLogger implements Logger {
  target: Logger = SILENT;

  info(message: string): void { this.target.info(message); }
  warning(message: string): void { this.target.warning(message); }
  error(message: string): void { this.target.error(message); }
  debug(category: LogCategory, message: string): void { this.target.debug(category, message); }
  trace(category: LogCategory, message: string): void { this.target.trace(category, message); }
  enabled(category: LogCategory, level?: 'debug' | 'trace'): boolean { return this.target.enabled(category, level); }
}
