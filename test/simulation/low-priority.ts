import { constants, setPriority } from 'node:os';

// The simulation has virtual time. Beside it run tests that wait for a real system, within real time: those have the processor first.
// Its threads take over the priority of the thread that starts them.
setPriority(constants.priority.PRIORITY_LOW);
