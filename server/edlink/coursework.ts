/** Assignments as applications see them (Edlink's model). Every key is always there; what LTI cannot tell is null. */
import type { Assignment } from '../store/coursework.js';
import { isoTime } from './values.js';

export function presentAssignment(assignment: Assignment) {
  return {
    id: assignment.id,
    title: assignment.title,
    description: assignment.description,
    description_plaintext: assignment.description,
    state: 'open',
    due_date: null,
    display_date: null,
    start_date: null,
    end_date: null,
    grading_type: 'points',
    points_possible: null,
    assignee_mode: 'all',
    assignee_ids: [],
    attachments: [],
    submission_types: [],
    max_attempts: null,
    category_id: null,
    session_id: null,
    properties: {},
    created_date: isoTime(assignment.createdAt),
    updated_date: isoTime(assignment.updatedAt),
  };
}
