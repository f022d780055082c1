import { endWith } from '../ending.js';
import { startCommand } from './command.js';

endWith(() => startCommand().parseAsync());
